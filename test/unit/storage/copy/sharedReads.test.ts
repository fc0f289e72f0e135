import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createSharedReads,
  type Leader,
  type SharedCopy,
  type SharedReads,
} from '../../../../shared/storage/copy/sharedReads.ts';

let directory: string;
let copies: SharedReads;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pristine-'));
  copies = createSharedReads();
});
afterEach(async () => {
  await copies.close();
  await rm(directory, { recursive: true });
});

const never = new AbortController().signal;
const wanted = { version: 'v', device: 1n };
const served: SharedCopy[] = [];
const share = (signal = never, version = wanted.version) =>
  copies.share({ ...wanted, version }, signal, async (copy) => served.push(copy));
const begin = async (version?: string): Promise<Leader> => {
  const begun = await share(never, version);
  if (begun === 'alone' || !('leader' in begun)) throw new Error('There is nobody else');
  return begun.leader;
};
const makeCopy = async (): Promise<SharedCopy> => ({
  handle: await open(join(directory, 'copy'), 'w+'),
  digests: { adler32: '00000001' },
});

test('the first one leads, and all others are served from its copy', async () => {
  const leader = await begin();
  expect(await leader.canShare(async () => true)).toBe(true);
  const waiting = [share(), share(), share()];
  const copy = await makeCopy();
  leader.keep(copy);
  leader[Symbol.dispose]();
  await Promise.all(waiting);
  await share();
  expect(served).toEqual([copy, copy, copy, copy]);
});

test('when the leader fails, one follower becomes the leader, and the others keep waiting', async () => {
  const leader = await begin();
  const waiting = [share(), share(), share()];
  leader[Symbol.dispose]();
  const next = await Promise.race(waiting);
  if (next === 'alone' || !('leader' in next)) throw new Error('One of them leads');
  next.leader.keep(await makeCopy());
  const ends = await Promise.all(waiting);
  expect(ends.filter((end) => end !== 'alone' && 'follower' in end)).toHaveLength(2);
});

test('if files cannot be cloned, nobody waits, and this is detected once', async () => {
  const leader = await begin();
  const waiting = [share(), share()];
  expect(await leader.canShare(async () => false)).toBe(false);
  expect(await Promise.all(waiting)).toEqual(['alone', 'alone']);
  expect(await copies.share({ version: 'other', device: 1n }, never, async () => {})).toBe('alone');
  expect(await copies.share({ ...wanted, device: 2n }, never, async () => {})).toHaveProperty('leader');
});

test('a follower can be aborted, and the others are still served', async () => {
  const leader = await begin();
  const controller = new AbortController();
  const aborted = share(controller.signal);
  const waiting = share();
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  leader.keep(await makeCopy());
  expect(await waiting).toHaveProperty('follower');
});

test('unused copies are closed when there are many', async () => {
  const kept: SharedCopy[] = [];
  for (let index = 0; index < 40; index += 1) {
    const leader = await begin(`${index}`);
    const copy = await makeCopy();
    kept.push(copy);
    leader.keep(copy);
  }
  // A closed handle has no descriptor any more.
  expect(kept.filter(({ handle }) => handle.fd !== -1)).toHaveLength(32);
});

test('an error when an unused copy is closed is ignored', async () => {
  for (let index = 0; index < 40; index += 1) {
    const leader = await begin(`${index}`);
    const copy = await makeCopy();
    const close = copy.handle.close.bind(copy.handle);
    copy.handle.close = async () => {
      await close();
      throw new Error('EIO');
    };
    leader.keep(copy);
  }
  await copies.close();
});
