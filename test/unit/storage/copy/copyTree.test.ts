import { execFile } from 'node:child_process';
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StagingError, systemErrorCode } from '../../../../shared/errors/stagingError.ts';
import { fileName } from '../../../../shared/model/fileName.ts';
import { parseSourcePath } from '../../../../shared/model/paths.ts';
import { copyTree, measureTree } from '../../../../shared/storage/copy/copyTree.ts';
import { type OpenDirectory, openStorageRoot, pathIn } from '../../../../shared/storage/mounted/openAt.ts';
import { createSourceStorage, type SourceStorage } from '../../../../shared/storage/mounted/sourceStorage.ts';
import { Progress } from '../../../../shared/storage/progress.ts';
import { createStorageThreads, fromThread } from '../../../../shared/storage/threads/threadPool.ts';
import { makeClosedDirectory } from '../../../../shared/storage/userArea/closedDirectory.ts';

const run = promisify(execFile);
const threads = createStorageThreads();
let root: string;
let storagePath: string;
let storage: SourceStorage;
let copies = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'trees-'));
  storagePath = join(root, 'storage');
  await mkdir(join(storagePath), { recursive: true });
  storage = createSourceStorage(storagePath);
});
afterAll(async () => {
  await threads.close();
  // Node.js' own removal does not support paths beyond the length limit.
  await run('rm', ['-rf', root]);
});

test('files and folders are read-only and as old as those of the source', async () => {
  const [folder, file] = [source('aged', 'folder'), source('aged', 'folder', 'file')];
  await mkdir(folder, { recursive: true });
  await writeFile(file, 'data');
  const [fileTime, folderTime, topTime] = [1_600_000_000.25, 1_500_000_000.5, 1_400_000_000];
  await utimes(file, fileTime, fileTime);
  await utimes(folder, folderTime, folderTime);
  await utimes(source('aged'), topTime, topTime);
  const { path } = await copy('aged');
  const found = await Promise.all(
    [join(path, 'folder', 'file'), join(path, 'folder'), path].map((at) => lstat(at)),
  );
  expect(found.map(({ mtimeMs }) => mtimeMs / 1000)).toEqual([fileTime, folderTime, topTime]);
  expect(found.map(({ mode }) => mode & 0o7777)).toEqual([0o400, 0o500, 0o500]);
});

test("the service's own folder is not copied with the whole storage, and others of that name are", async () => {
  await writeFile(await made(source('.staging'), 'part'), 'data');
  await writeFile(await made(source('observation', '.staging'), 'kept'), 'data');
  const { path } = await copy('.');
  expect(await readdir(path)).toContain('observation');
  expect(await readdir(path)).not.toContain('.staging');
  expect(await readdir(join(path, 'observation', '.staging'))).toEqual(['kept']);
});

test('a copied sparse file takes no more space, has the same bytes, and is measured by the space it takes', async () => {
  await mkdir(source('sparse'));
  await makeSparseFile(source('sparse', 'file'));
  const { path, progress, measured } = await copy('sparse');
  const [before, after] = await Promise.all([lstat(source('sparse', 'file')), lstat(join(path, 'file'))]);
  expect(after.blocks).toBeLessThanOrEqual(before.blocks);
  expect(after.size).toBe(before.size);
  expect((await readFile(join(path, 'file'))).equals(await readFile(source('sparse', 'file')))).toBe(true);
  expect(measured).toMatchObject({ bytes: before.size, allocatedBytes: before.blocks * 512 });
  expect(progress.bytesDone).toBe(before.size);
  expect(progress.bytesDone - progress.bytesInHoles).toBeLessThanOrEqual(measured.allocatedBytes);
});

test('a folder of many files and folders is distributed over the threads, and copied completely', async () => {
  const names = Array.from({ length: 5000 }, (_, index) => `a name that is not short ${index}`);
  for (const name of names) await writeFile(await made(source('many'), name), name);
  for (const name of names.slice(0, 200)) {
    await mkdir(source('many', `folder ${name}`));
    await writeFile(source('many', `folder ${name}`, 'file'), name);
  }
  const { path, progress, measured } = await copy('many');
  expect([measured.files, progress.filesDone]).toEqual([5200, 5200]);
  expect(progress.bytesDone).toBe(measured.bytes);
  expect((await readdir(path)).sort()).toEqual((await readdir(source('many'))).sort());
  expect(await readFile(join(path, names[4321] ?? ''), 'utf8')).toBe(names[4321]);
}, 120_000);

test('a tree deeper than a path may be long is copied, and leaves no descriptor open', async () => {
  const depth = 600;
  await using top = await openStorageRoot(storagePath);
  let folder: OpenDirectory = top;
  for (let level = 0; level < depth; level += 1) folder = await enterNew(folder, 'a folder far below');
  await writeFile(pathIn(folder, 'file'), 'deep');
  if (folder !== top) await folder.handle.close();
  const before = await openDescriptors();
  const { progress, measured } = await copy('a folder far below');
  expect([measured.files, progress.filesDone]).toEqual([1, 1]);
  expect(await openDescriptors()).toBe(before);
}, 60_000);

test('links are copied as their targets, also within linked folders', async () => {
  await mkdir(source('linked', 'folder'), { recursive: true });
  await mkdir(source('elsewhere'));
  await writeFile(source('elsewhere', 'file'), 'data');
  await symlink('file', source('elsewhere', 'again'));
  await symlink('../../elsewhere', source('linked', 'folder', 'link'));
  await link(source('elsewhere', 'file'), source('linked', 'hard link'));
  const { path, progress } = await copy('linked');
  for (const names of [['folder', 'link', 'file'], ['folder', 'link', 'again'], ['hard link']]) {
    const entry = await lstat(join(path, ...names));
    expect([entry.isFile(), entry.size, entry.nlink]).toEqual([true, 4, 1]);
  }
  expect(progress.filesDone).toBe(3);
});

test.each([
  ['to the folder that it is in', 'loop-1', 'inner', '../inner', 'SOURCE_LINK_LOOP'],
  [
    'to a folder above the tree, which leads back into it',
    'loop-2/tree',
    'inner',
    '../..',
    'SOURCE_LINK_LOOP',
  ],
  ['out of the storage', 'outside', 'inner', '/etc', 'PATH_OUTSIDE_STORAGE'],
  ['nowhere', 'dangling', 'inner', 'missing', 'SOURCE_NOT_FOUND'],
])('a link %s is refused, and leaves no descriptor open', async (_, tree, folder, text, code) => {
  await mkdir(source(tree, folder), { recursive: true });
  await writeFile(source(tree, folder, 'file'), 'data');
  await symlink(text, source(tree, folder, 'link'));
  const before = await openDescriptors();
  await expect(measure(tree)).rejects.toMatchObject({ code });
  expect(await openDescriptors()).toBe(before);
});

test('a special file is refused, in a small folder and in a large one', async () => {
  for (const files of [1, 5000]) {
    const name = `special-${files}`;
    for (let index = 0; index < files; index += 1)
      await writeFile(await made(source(name), `a file of many ${index}`), '');
    await run('mkfifo', [source(name, 'fifo')]);
    await expect(measure(name)).rejects.toMatchObject({ code: 'SOURCE_KIND_UNSUPPORTED' });
  }
}, 60_000);

test.each([
  ['is written in place', () => writeFile(source('changing', 'folder', 'one'), 'DATA')],
  ['is added', () => writeFile(source('changing', 'folder', 'three'), 'data')],
  ['is replaced by one of the same size', () => replaceFile(source('changing', 'folder', 'one'))],
])('the fingerprint changes when a file %s', async (_, change) => {
  await mkdir(source('changing', 'folder'), { recursive: true });
  for (const name of ['one', 'two']) await writeFile(source('changing', 'folder', name), 'data');
  const before = await measure('changing');
  expect(await measure('changing')).toEqual(before);
  await change();
  expect((await measure('changing')).fingerprint).not.toBe(before.fingerprint);
});

test('a folder that changes while it is copied is detected', async () => {
  for (let index = 0; index < 3000; index += 1)
    await writeFile(await made(source('growing'), String(index)), 'data');
  const progress = new Progress();
  const copying = copyInto('growing', progress).catch((error: unknown) => fromThread(error, 'growing'));
  await filesDone(progress, 1);
  await writeFile(source('growing', 'new'), 'data');
  expect(await copying).toMatchObject({ code: 'SOURCE_CHANGED' });
}, 60_000);

test('a stopped copy ends early, and leaves no descriptor open', async () => {
  for (let index = 0; index < 3000; index += 1)
    await writeFile(await made(source('stopped'), String(index)), 'data');
  const before = await openDescriptors();
  const progress = new Progress();
  const copying = copyInto('stopped', progress).catch((error: unknown) => fromThread(error, 'stopped'));
  await filesDone(progress, 1);
  progress.stop();
  expect(await copying).toMatchObject({ code: 'ABORTED' });
  expect(progress.filesDone).toBeLessThan(3000);
  expect(await openDescriptors()).toBe(before);
}, 60_000);

test('measuring many empty folders is aborted with the reason of the signal', async () => {
  for (let index = 0; index < 3000; index += 1)
    await mkdir(source('empty', String(index)), { recursive: true });
  const before = await openDescriptors();
  const controller = new AbortController();
  const measuring = measure('empty', controller.signal);
  await setImmediate();
  const reason = new StagingError('INTERRUPTED');
  controller.abort(reason);
  await expect(measuring).rejects.toBe(reason);
  expect(await openDescriptors()).toBe(before);
}, 60_000);

function source(...names: string[]): string {
  return join(storagePath, ...names);
}

/** The path of a file in a folder that is created if missing. */
async function made(folder: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return join(folder, name);
}

async function openSource(path: string): Promise<OpenDirectory> {
  const opened = await storage.open(parseSourcePath(path, storagePath));
  if (opened.kind !== 'directory') throw new Error('A folder was made');
  return opened;
}

async function measure(path: string, signal = new AbortController().signal) {
  await using opened = await openSource(path);
  return await measureTree(opened, storage, { threads, signal });
}

async function copy(path: string) {
  const progress = new Progress();
  const measured = await measure(path);
  return { path: await copyInto(path, progress), progress, measured };
}

async function copyInto(name: string, progress: Progress): Promise<string> {
  copies += 1;
  const copyName = `copy-${copies}`;
  await using above = await openStorageRoot(root);
  await using target = await makeClosedDirectory(above, fileName(copyName));
  await using opened = await openSource(name);
  await copyTree({ storage, threads, progress, owner: undefined }, opened, target);
  return join(root, copyName);
}

async function enterNew(above: OpenDirectory, name: string): Promise<OpenDirectory> {
  const folder = await makeClosedDirectory(above, fileName(name));
  if (above.location.length > 0) await above.handle.close();
  return folder;
}

async function replaceFile(path: string): Promise<void> {
  await writeFile(`${path}.new`, 'data');
  await rename(`${path}.new`, path);
}

/** 20 MiB, with data in the middle and at the end, neither at the borders of blocks. */
async function makeSparseFile(path: string): Promise<void> {
  await using file = await open(path, 'w');
  await file.write('in the middle', 5_000_001);
  await file.truncate(20 * 1024 ** 2);
  await file.write('at the end', 20 * 1024 ** 2);
  await file.sync();
}

async function filesDone(progress: Progress, count: number): Promise<void> {
  while (progress.filesDone < count) await setImmediate();
}

/** How many files and folders of this suite are open. Threads, which start and end meanwhile, read files of their own. */
async function openDescriptors(): Promise<number> {
  let count = 0;
  for (const descriptor of await readdir('/proc/self/fd')) {
    // A path that is too long cannot be read. The listing's own descriptor is closed.
    const path = await readlink(`/proc/self/fd/${descriptor}`).catch((error: unknown) =>
      systemErrorCode(error) === 'ENOENT' ? '' : root,
    );
    if (path.startsWith(root)) count += 1;
  }
  return count;
}
