import { expect, test } from '@jest/globals';
import pino from 'pino';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { retryPassingFailures } from '../../../shared/executor/run/retryPolicy.ts';
import { sourceErrorFromCode, targetErrorFromCode } from '../../../shared/storage/io/storageErrors.ts';

/** Fails a number of times with this error. Returns the number of attempts, and the result. */
async function tries(error: Error, failures: number, signal = new AbortController().signal) {
  let count = 0;
  let resets = 0;
  const logger = pino({ level: 'silent' });
  const work = async () => {
    count += 1;
    if (count <= failures) throw error;
    return 'done';
  };
  const reset = () => {
    resets += 1;
  };
  const end = await retryPassingFailures(work, { isAwaited: true, signal, logger, reset }).catch(
    (thrown: unknown) => thrown,
  );
  return { count, resets, end };
}

test('a stale handle and a broken connection are retried until they are resolved', async () => {
  expect(await tries(sourceErrorFromCode('ESTALE', 'x'), 2)).toEqual({ count: 3, resets: 2, end: 'done' });
  const unreachable = new StagingError('JUPYTER_UNREACHABLE', { reason: 'x' });
  expect(await tries(unreachable, 1)).toEqual({ count: 2, resets: 1, end: 'done' });
});

test('an I/O error is retried once', async () => {
  const once = targetErrorFromCode('EIO', 'x');
  expect(await tries(once, 1)).toMatchObject({ count: 2, end: 'done' });
  expect(await tries(once, 9)).toMatchObject({ count: 2, end: once });
});

test('work that keeps failing ends with its last error', async () => {
  const error = new StagingError('OBJECT_STORE_UNREACHABLE', { reason: 'x' });
  const { count, end } = await tries(error, 99);
  expect(end).toBe(error);
  expect(count).toBeGreaterThan(1);
  expect(count).toBeLessThanOrEqual(4);
});

test.each([
  sourceErrorFromCode('ENOENT', 'x'),
  sourceErrorFromCode('EMFILE', 'x'),
  targetErrorFromCode('ENOSPC', 'x'),
  new StagingError('SOURCE_CHANGED', { path: 'x' }),
  new StagingError('INTERRUPTED'),
  new StagingError('JUPYTER_FORBIDDEN', { action: 'x' }),
  new TypeError('a mistake of ours'),
])('a permanent error is not retried: %s', async (error) => {
  expect(await tries(error, 99)).toEqual({ count: 1, resets: 0, end: error });
});

test('an abort ends the pause immediately, with its reason', async () => {
  const abort = new AbortController();
  const reason = new StagingError('ABORTED');
  const error = new StagingError('JUPYTER_UNREACHABLE', { reason: 'x' });
  const running = tries(error, 99, abort.signal);
  abort.abort(reason);
  expect((await running).end).toBe(reason);
});
