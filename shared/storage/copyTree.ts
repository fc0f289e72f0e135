import { mkdir } from 'node:fs/promises';
import { StagingError } from '../errors/stagingError.ts';
import { displayName, type FileName } from './fileName.ts';
import { type MirroredFolder, type MirrorSteps, mirrorTree } from './mirrorTree.ts';
import type { Progress } from './progress.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from './source.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { targetError } from './storageErrors.ts';
import type { StorageThreads } from './storageThreads.ts';
import type { Owner } from './treeTasks.ts';

/** What copying or linking a tree needs to know. */
export interface TreeJob {
  readonly storage: SourceStorage;
  readonly threads: StorageThreads;
  readonly progress: Progress;
  readonly owner: Owner | undefined;
}

/** Copies a tree into an empty folder: many files at a time, read-only, with the times of the source. */
export async function copyTree(job: TreeJob, top: MirroredFolder): Promise<void> {
  let mayClone = true;
  const copyFiles = async (folder: MirroredFolder, names: readonly FileName[]) => {
    const task = { ...filesTask(job, folder, names), owner: job.owner, mayClone };
    mayClone = (await job.threads.run('copyFiles', task)).mayClone;
  };
  await mirrorTree(job.storage, top, placesOf(job), {
    openFolder: makeFolder,
    files: copyFiles,
    linkedFile: async (folder, name, file) => {
      const task = { fileFd: file.handle.fd, targetFd: folder.target.handle.fd, name, mayClone };
      const progressMemory = job.progress.memory;
      await job.threads.run('copyOpenFileTo', { ...task, owner: job.owner, progressMemory });
    },
    endFolder: (folder) => endFolder(folder, job.owner),
  });
}

/**
 * Checks that a source tree still is what the copy of it was made of: every file has the size and the time that its
 * copy has, and there are as many of them.
 * @throws SOURCE_CHANGED
 */
export async function checkTreeUnchanged(job: TreeJob, top: MirroredFolder): Promise<void> {
  let files = 0;
  const compare = async (folder: MirroredFolder, names: readonly FileName[]) => {
    const compared = await job.threads.run('compareFiles', filesTask(job, folder, names));
    files += compared.files;
  };
  await mirrorTree(job.storage, top, placesOf(job), {
    openFolder: openMirror,
    files: compare,
    linkedFile: async () => {
      files += 1;
    },
    endFolder: async () => undefined,
  });
  if (files !== job.progress.filesDone) {
    throw new StagingError('SOURCE_CHANGED', { path: displayName(top.source.location.join('/')) });
  }
}

/** The task of a thread for some files of a folder. */
export function filesTask(job: TreeJob, folder: MirroredFolder, names: readonly FileName[]) {
  return {
    sourceFd: folder.source.handle.fd,
    targetFd: folder.target.handle.fd,
    names,
    progressMemory: job.progress.memory,
  };
}

/** A few tasks more than threads, so that none waits for the walk. */
export function placesOf(job: TreeJob): number {
  return job.threads.parallelism * 4;
}

/** Makes a folder of a part tree; the umask and others' eyes change nothing about its mode. */
export const makeFolder: MirrorSteps['openFolder'] = async (parent, name) => {
  try {
    await mkdir(pathIn(parent, name), { mode: 0o700 });
    return await openDirectoryAt(pathIn(parent, name), [...parent.location, name]);
  } catch (error) {
    throw targetError(error, displayName(name));
  }
};

/** Ends a folder of a part tree: with the source's time, read-only, owned by whom the user area belongs to. */
export async function endFolder(folder: MirroredFolder, owner: Owner | undefined): Promise<void> {
  const { handle } = folder.target;
  try {
    await handle.utimes(secondsOf(folder.source.stat.atimeNs), secondsOf(folder.source.stat.mtimeNs));
    await handle.chmod(0o500);
    if (owner) await handle.chown(owner.uid, owner.gid);
  } catch (error) {
    throw targetError(error, displayName(folder.target.location.join('/')));
  }
}

/** A time as the system's calls that set times take it. */
export function secondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}

async function openMirror(parent: OpenDirectory, name: FileName): Promise<OpenDirectory> {
  try {
    return await openDirectoryAt(pathIn(parent, name), [...parent.location, name]);
  } catch (cause) {
    throw new StagingError('SOURCE_CHANGED', { path: displayName(name) }, { cause });
  }
}
