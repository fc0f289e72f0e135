import { createHash } from 'node:crypto';
import { afterAll, expect, jest, test } from '@jest/globals';
import { createDigestThreads } from '../../../../shared/storage/digest/digestThreads.ts';

const threads = createDigestThreads();
afterAll(() => threads.close());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('several digests of one thread are computed at a time', async () => {
  const [one, two] = [threads.begin('sha256'), threads.begin('sha256')];
  await Promise.all([
    one.update(Buffer.from('1a')),
    two.update(Buffer.from('2a')),
    one.update(Buffer.from('1b')),
    two.update(Buffer.from('2b')),
  ]);
  expect(await one.digest()).toEqual({ sha256: sha256('1a1b') });
  expect(await two.digest()).toEqual({ sha256: sha256('2a2b') });
});

test('when a thread fails, its digests reject, and the next one begins in another', async () => {
  // Its parts are missing.
  const failing = threads.begin('composite');
  await expect(failing.update(Buffer.from('a'))).rejects.toThrow('parts');
  await expect(failing.digest()).rejects.toThrow('parts');
  const next = threads.begin('composite', { algorithm: 'sha256', sizes: [1] });
  await next.update(Buffer.from('a'));
  const part = createHash('sha256').update('a').digest();
  expect(await next.digest()).toEqual({ composite: createHash('sha256').update(part).digest('hex') });
});

test('what a closed thread still computes rejects', async () => {
  const closing = createDigestThreads();
  const digest = closing.begin('sha256');
  const updated = digest.update(Buffer.from('a'));
  await Promise.all([expect(updated).rejects.toThrow('ended'), closing.close()]);
  await expect(digest.digest()).rejects.toThrow('ended');
});

test('a thread ends some seconds after its last digest, and the next one begins in another', async () => {
  jest.useFakeTimers();
  const own = createDigestThreads();
  const slow = own.begin('sha256');
  await slow.update(Buffer.from('a'));
  const other = own.begin('sha256');
  await other.digest();
  jest.advanceTimersByTime(60_000);
  await slow.update(Buffer.from('b'));
  expect(await slow.digest()).toEqual({ sha256: sha256('ab') });
  jest.advanceTimersByTime(60_000);
  await expect(slow.update(Buffer.from('c'))).rejects.toThrow('ended');
  const next = own.begin('sha256');
  await next.update(Buffer.from('d'));
  expect(await next.digest()).toEqual({ sha256: sha256('d') });
  await own.close();
  jest.useRealTimers();
});
