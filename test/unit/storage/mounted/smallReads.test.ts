import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseSourcePath } from '../../../../shared/model/paths.ts';
import { openMounted } from '../../../../shared/storage/mounted/mountedSource.ts';
import { createSmallReads, type SmallReads } from '../../../../shared/storage/mounted/smallReads.ts';
import { createSourceStorage, type SourceStorage } from '../../../../shared/storage/mounted/sourceStorage.ts';
import type { ByteRange, FileSource } from '../../../../shared/storage/source.ts';
import { waitFor } from '../../../contracts/waitFor.ts';

const { signal } = new AbortController();

let directory: string;
let storage: SourceStorage;
let reads: SmallReads;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reads-'));
  await mkdir(join(directory, 'folder'));
  await writeFile(join(directory, 'folder', 'small'), '0123456789');
  storage = createSourceStorage(directory);
  reads = createSmallReads(storage);
  // Nothing is read together before its thread has started.
  await waitFor(async () => {
    await using source = await openTogether('folder/small');
    return source !== undefined;
  });
});
afterEach(async () => {
  await reads.close();
  await rm(directory, { recursive: true });
});

const path = (name: string) => parseSourcePath(name, directory);
/** Opens it, after as many others that they are read together. */
async function openTogether(name: string, range?: ByteRange): Promise<FileSource | undefined> {
  const others = Array.from({ length: 10 }, () => reads.open(path('folder/small'), undefined));
  const opened = await reads.open(path(name), range);
  for (const other of await Promise.all(others)) await other?.[Symbol.asyncDispose]();
  return opened;
}
/** Its members that are no functions. */
const valuesOf = (source: object = {}): Record<string, unknown> =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => typeof value !== 'function'));
const bytesOf = async (source: FileSource, range: ByteRange) =>
  (await buffer(source.stream(range, signal))).toString();

test('few files are not read together', async () => {
  const few = createSmallReads(storage);
  expect(await few.open(path('folder/small'), undefined)).toBeUndefined();
  await few.close();
});

test('a small file is what opening it finds, and its bytes are there', async () => {
  await using source = await openTogether('folder/small');
  await using opened = await openMounted(path('folder/small'), storage);
  const { mounted: _mounted, ...values } = valuesOf(opened);
  expect(valuesOf(source)).toEqual(values);
  if (!source || opened.kind !== 'file') throw new Error('It is a file');
  await writeFile(join(directory, 'folder', 'other'), 'abcdefghij');
  await rename(join(directory, 'folder', 'other'), join(directory, 'folder', 'small'));
  expect(await bytesOf(source, { start: 0, end: 9 })).toBe('0123456789');
  expect(await bytesOf(source, { start: 3, end: 5 })).toBe('345');
  await source.checkUnchanged(undefined, signal);
});

test('of a large file only the range is read, and what else is asked of it is of the same version', async () => {
  const file = join(directory, 'large');
  await writeFile(file, Buffer.alloc(1024 * 1024, 'abcd'));
  expect(await openTogether('large')).toBeUndefined();
  await using source = await openTogether('large', { start: 1, end: 4 });
  if (!source) throw new Error('It is read');
  expect(source.sizeBytes).toBe(1024 * 1024);
  expect(await bytesOf(source, { start: 1, end: 4 })).toBe('bcda');
  expect(await bytesOf(source, { start: 0, end: 4 })).toBe('abcda');
  await using changed = await openTogether('large', { start: 0, end: 0 });
  await appendFile(file, 'x');
  expect(await bytesOf(changed ?? source, { start: 0, end: 0 })).toBe('a');
  await expect(bytesOf(changed ?? source, { start: 0, end: 1 })).rejects.toMatchObject({
    code: 'SOURCE_CHANGED',
  });
  await expect(source.checkUnchanged(undefined, signal)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

test.each([
  ['beyond its end', { start: 10, end: 20 }, ''],
  ['over its end', { start: 8, end: 20 }, '89'],
])('a range %s is cut', async (_where, range, expected) => {
  await using source = await openTogether('folder/small', range);
  expect(source?.sizeBytes).toBe(10);
  if (expected) expect(await bytesOf(source ?? never(), { start: 8, end: 9 })).toBe(expected);
});

test('a storage that does not answer delays no other reads', async () => {
  let asked = 0;
  const hung = createSmallReads(storage, {
    run() {
      asked += 1;
      return new Promise(() => undefined);
    },
    close: async () => undefined,
  });
  const many = Array.from({ length: 30 }, () => hung.open(path('folder/small'), undefined));
  expect(new Set(await Promise.all(many))).toEqual(new Set([undefined]));
  const before = asked;
  expect(await hung.open(path('folder/small'), undefined)).toBeUndefined();
  expect(asked).toBe(before);
});

test('what is unusual is left to be opened: links, folders, the workspace, devices, and what is not there', async () => {
  await symlink('folder', join(directory, 'link'));
  await symlink('/etc/passwd', join(directory, 'outside'));
  await mkdir(join(directory, '.staging'));
  await writeFile(join(directory, '.staging', 'part'), 'x');
  for (const name of ['link/small', 'outside', 'folder', '.staging/part', 'none', 'folder/small/x']) {
    expect(await openTogether(name)).toBeUndefined();
  }
});

function never(): never {
  throw new Error('It was read');
}
