import { randomBytes } from 'node:crypto';
import { appendFile, type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fileName } from '../../../../shared/model/fileName.ts';
import { copySmallFile } from '../../../../shared/storage/copy/partFile.ts';
import { createDigests } from '../../../../shared/storage/digest/digests.ts';
import type { OpenFile } from '../../../../shared/storage/mounted/openAt.ts';
import { Progress } from '../../../../shared/storage/progress.ts';

let directory: string;
let target: FileHandle;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'copy-small-'));
  target = await open(join(directory, 'target'), 'wx');
});
afterEach(async () => {
  await target.close();
  await rm(directory, { recursive: true });
});

async function openSource(bytes: Uint8Array): Promise<OpenFile> {
  await writeFile(join(directory, 'source'), bytes);
  const handle = await open(join(directory, 'source'), 'r');
  return {
    kind: 'file',
    location: [fileName('source')],
    handle,
    stat: await handle.stat({ bigint: true }),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

const copied = () => readFile(join(directory, 'target'));

test.each([0, 1, 100_000])('a file of %d bytes is copied and digested', async (size) => {
  const bytes = randomBytes(size);
  await using source = await openSource(bytes);
  const progress = new Progress();
  const digests = await copySmallFile(source, target, ['sha256', 'adler32'], progress);
  const expected = await createDigests(['sha256', 'adler32']);
  expected.update(bytes);
  expect(digests).toEqual(expected.digest());
  expect((await copied()).equals(bytes)).toBe(true);
  expect(progress.bytesDone).toBe(size);
});

test('a growing source is copied up to its size at opening', async () => {
  await using source = await openSource(Buffer.from('sky'));
  await appendFile(join(directory, 'source'), Buffer.alloc(1_000_000));
  await copySmallFile(source, target, [], new Progress());
  expect(await copied()).toHaveLength(3);
});

test('a failure names its side', async () => {
  await using source = await openSource(Buffer.from('sky'));
  await using unwritable = await open(join(directory, 'target'), 'r');
  const cannotWrite = copySmallFile(source, unwritable, [], new Progress());
  await expect(cannotWrite).rejects.toMatchObject({ failure: { side: 'target', code: 'EBADF' } });
  const unreadable = { ...source, handle: target };
  const cannotRead = copySmallFile(unreadable, target, [], new Progress());
  await expect(cannotRead).rejects.toMatchObject({ failure: { side: 'source', code: 'EBADF' } });
});
