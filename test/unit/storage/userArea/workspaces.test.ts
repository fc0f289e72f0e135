import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileName } from '../../../../shared/model/fileName.ts';
import { newOperationId } from '../../../../shared/model/operationId.ts';
import { partNames, smallPart } from '../../../../shared/storage/copy/partNames.ts';
import { openStorageRoot } from '../../../../shared/storage/mounted/openAt.ts';
import { createStorageThreads, type StorageThreads } from '../../../../shared/storage/threads/threadPool.ts';
import {
  clearWorkspace,
  createWorkspaces,
  type Workspaces,
} from '../../../../shared/storage/userArea/workspaces.ts';

describe('what a killed process left of a small file', () => {
  const id = newOperationId();
  const other = smallPart(newOperationId());
  let root: string;
  let threads: StorageThreads;
  let workspaces: Workspaces;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'workspaces-'));
    await mkdir(join(root, '.staging'), { mode: 0o700 });
    for (const part of [smallPart(id), other]) await writeFile(join(root, '.staging', part), 'al');
    threads = createStorageThreads({ parallelism: 1, tasksPerThread: 1 });
    workspaces = createWorkspaces(root, threads);
  });
  afterEach(async () => {
    await workspaces.close();
    await threads.close();
    await rm(root, { recursive: true, force: true });
  });

  test('is removed when its operation is closed, and that of others is not', async () => {
    await workspaces.removeLeftovers([fileName('ada')], id, 1);
    expect(await readdir(join(root, '.staging'))).toEqual([other]);
  });

  test('is removed by a later attempt, and not by the first, which may be the one that makes it', async () => {
    await using folder = await openStorageRoot(root);
    const clearAfter = async (attempt: number) => {
      const workspace = await workspaces.open(folder, id);
      await writeFile(join(root, '.staging', id, partNames(id, attempt)[0].part), 'al');
      await clearWorkspace(workspace, id, attempt, threads);
      await workspace.handle.close();
      return (await readdir(join(root, '.staging'))).sort();
    };
    expect(await clearAfter(1)).toEqual([smallPart(id), other].sort());
    expect(await clearAfter(2)).toEqual([other]);
  });
});
