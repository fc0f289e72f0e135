import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fileName } from '../../../../shared/model/fileName.ts';
import { openStorageRoot } from '../../../../shared/storage/mounted/openAt.ts';
import { createFileSystemIds } from '../../../../shared/storage/userArea/fileSystemId.ts';
import { openTargetWay } from '../../../../shared/storage/userArea/openTarget.ts';
import { describeWithMount, mountSmall, unmount } from '../../../services/disks/smallFileSystem.ts';

let directory: string;
let root: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'space-'));
  root = join(directory, 'areas');
  await mkdir(join(root, 'ann', 'big', 'deep'), { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

/** A process's id of a folder's file system, with the storage mounted at `path`. */
async function nameOf(path: string, ...names: string[]): Promise<string> {
  await mkdir(join(path, ...names), { recursive: true });
  await using way = await openTargetWay(await openStorageRoot(path), names.map(fileName));
  return await createFileSystemIds(path)(way.folder);
}

test('processes that start concurrently, or use another path of the storage, agree on its id', async () => {
  const other = join(directory, 'elsewhere');
  await symlink(root, other);
  const paths = Array.from({ length: 20 }, (_, index) => (index % 2 ? root : other));
  const names = await Promise.all(paths.map((path) => nameOf(path, 'ann', 'big')));
  expect(new Set(names).size).toBe(1);
  expect(names[0]).toMatch(/^id:[0-9a-f-]{36}$/);
  expect(await readdir(root)).toEqual(['.staging-storage-id', 'ann']);
});

test('a storage whose id file holds something else is identified by its path', async () => {
  await writeFile(join(root, '.staging-storage-id'), 'something else');
  const name = await nameOf(root, 'ann');
  expect(name).toMatch(/^path:/);
  expect(await nameOf(root, 'bob')).toBe(name);
});

describeWithMount('with file systems of its own (needs root, to mount them)', () => {
  test('mounts beneath the root are identified by their paths', async () => {
    mountSmall(join(root, 'ann', 'big'), 1);
    try {
      const below = await nameOf(root, 'ann', 'big');
      expect(below).toMatch(/^id:[0-9a-f-]{36}\/[0-9a-f]{32}$/);
      expect(await nameOf(root, 'ann', 'big', 'deep', 'deeper')).toBe(below);
      expect(below.startsWith(`${await nameOf(root, 'ann')}/`)).toBe(true);
    } finally {
      unmount(join(root, 'ann', 'big'));
    }
  });

  test('a storage whose root is not writable is identified, too', async () => {
    execFileSync('mount', ['--bind', '-o', 'ro', root, root]);
    try {
      expect(await nameOf(root)).toMatch(/^path:/);
    } finally {
      unmount(root);
    }
    expect(await nameOf(root)).toMatch(/^id:/);
  });
});
