import { link, lstat } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { type OpenFile, pathIn } from '../mounted/openAt.ts';
import { type WalkedFolder, walkInParallel } from '../mounted/parallelWalk.ts';
import type { SourceStorage } from '../mounted/sourceStorage.ts';
import { ThreadError } from '../threads/threadPool.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { filesTask, folderSteps, type TreeJob } from './copyTree.ts';

/**
 * Why link(2) may refuse an otherwise valid request: another file system, no permission, too many links, not supported.
 */
const refusals = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'EOPNOTSUPP', 'ENOTSUP', 'EROFS'];

/** The reason if an error means that hard links are not possible here; undefined for any other error. */
export function hardLinkRefusal(error: unknown): string | undefined {
  const isAtTarget = !(error instanceof ThreadError) || error.failure.side === 'target';
  const code = error instanceof ThreadError ? error.failure.code : systemErrorCode(error);
  return isAtTarget && code !== undefined && refusals.includes(code) ? code : undefined;
}

/**
 * Makes a hard link to an open file and removes its write bits. Linux links by name, not by descriptor (without
 * CAP_DAC_READ_SEARCH), so it is checked that the link leads to the file that was opened. @throws SOURCE_CHANGED if it
 * does not; the system's error if links are refused
 */
export async function hardLinkFile(
  storage: SourceStorage,
  file: OpenFile,
  target: ClosedDirectory,
  name: FileName,
): Promise<void> {
  const given = displayName(file.location.join('/'));
  const sourceName = file.location.at(-1);
  const parent = await storage.open({ names: file.location.slice(0, -1), given });
  try {
    if (parent.kind !== 'directory' || sourceName === undefined)
      throw new StagingError('SOURCE_CHANGED', { path: given });
    await link(pathIn(parent, sourceName), pathIn(target, name));
  } finally {
    await parent.handle.close();
  }
  const linked = await lstat(pathIn(target, name), { bigint: true });
  if (linked.ino !== file.stat.ino || linked.dev !== file.stat.dev) {
    throw new StagingError('SOURCE_CHANGED', { path: given });
  }
  await removeWriteBits(file);
}

/** Removes the write bits of a file, without changing its mode otherwise. */
export async function removeWriteBits(file: OpenFile): Promise<void> {
  const mode = Number(file.stat.mode) & 0o7777;
  if (mode & 0o222) await file.handle.chmod(mode & ~0o222);
}

/** Fills an empty folder with a tree of hard links to the files of a source tree. */
export async function hardLinkTree(job: TreeJob, top: WalkedFolder<ClosedDirectory>): Promise<void> {
  await walkInParallel(job.storage, top, job.threads.parallelism, {
    ...folderSteps(job),
    async files(folder, names) {
      const { bytes } = await job.threads.run('linkFiles', filesTask(job, folder, names));
      job.progress.addBytes(bytes);
    },
    async linkedFile(folder, name, file) {
      await hardLinkFile(job.storage, file, folder.targetFolder, name);
      job.progress.addBytes(Number(file.stat.size));
      job.progress.addFiles(1);
    },
  });
}
