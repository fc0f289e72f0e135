import { mkdir, opendir } from 'node:fs/promises';
import { displayName, type FileName, fileNameFromLatin1, joinNames } from '../../model/fileName.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import { type WalkedFolder, walkInParallel } from '../mounted/parallelWalk.ts';
import type { SourceStorage } from '../mounted/sourceStorage.ts';
import type { Progress } from '../progress.ts';
import { targetError } from '../storageErrors.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import type { Owner } from '../threads/treeTasks.ts';
import { type ClosedDirectory, makeClosedDirectory } from '../userArea/closedDirectory.ts';

/** The arguments of copying or linking a tree. */
export interface TreeJob {
  readonly storage: SourceStorage;
  readonly threads: StorageThreads;
  readonly progress: Progress;
  readonly owner: Owner | undefined;
}

/** Copies a tree into an empty folder: many files at a time, each read-only as soon as it is there. */
export async function copyTree(job: TreeJob, top: WalkedFolder<ClosedDirectory>): Promise<void> {
  let mayClone = true;
  const copyFiles = async (folder: WalkedFolder<ClosedDirectory>, names: readonly FileName[]) => {
    const task = { ...filesTask(job, folder, names), owner: job.owner, mayClone };
    mayClone = (await job.threads.run('copyFiles', task)).mayClone;
  };
  await walkInParallel(job.storage, top, job.threads.parallelism, {
    ...folderSteps(job),
    files: copyFiles,
    linkedFile: async (folder, name, file) => {
      const task = { fileFd: file.handle.fd, targetFd: folder.targetFolder.handle.fd, name, mayClone };
      const progressMemory = job.progress.memory;
      await job.threads.run('copyOpenFileTo', { ...task, owner: job.owner, progressMemory });
    },
  });
}

/** The thread task for some files of a folder. */
export function filesTask(job: TreeJob, folder: WalkedFolder<ClosedDirectory>, names: readonly FileName[]) {
  return {
    sourceFd: folder.source.handle.fd,
    targetFd: folder.targetFolder.handle.fd,
    names: joinNames(names),
    progressMemory: job.progress.memory,
  };
}

/** Creates a folder of a part tree; the umask does not affect its mode. */
export async function makeFolder(parent: ClosedDirectory, name: FileName): Promise<ClosedDirectory> {
  try {
    await mkdir(pathIn(parent, name), { mode: 0o700 });
    return await makeClosedDirectory(parent, name);
  } catch (error) {
    throw targetError(error, displayName(name));
  }
}

/** How the folders of a part tree are created, ended and closed. */
export function folderSteps({ owner }: TreeJob) {
  return {
    enter: makeFolder,
    end: (folder: WalkedFolder<ClosedDirectory>) => endFolder(folder.targetFolder, owner),
    close: (folder: ClosedDirectory) => folder.handle.close(),
  };
}

/** Ends a folder of a part tree: read-only, with the owner of the user area. */
export async function endFolder(folder: OpenDirectory, owner: Owner | undefined): Promise<void> {
  const { handle } = folder;
  try {
    await handle.chmod(0o500);
    if (owner) await handle.chown(owner.uid, owner.gid);
  } catch (error) {
    throw targetError(error, displayName(folder.location.join('/')));
  }
}

/** Makes a folder and all folders beneath it read-only, and sets their owner. No link is followed. */
export async function sealFolders(folder: OpenDirectory, owner: Owner | undefined): Promise<void> {
  const entries = await opendir(pathIn(folder), { encoding: 'latin1' });
  for await (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const name = fileNameFromLatin1(entry.name);
    await using below = await openDirectoryAt(pathIn(folder, name), [...folder.location, name]);
    await sealFolders(below, owner);
  }
  await endFolder(folder, owner);
}
