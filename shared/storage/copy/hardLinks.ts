import { link, lstat } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { type OpenDirectory, type OpenFile, pathIn } from '../mounted/openAt.ts';
import type { SourceStorage } from '../mounted/sourceStorage.ts';
import { ThreadError } from '../threads/threadPool.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { type TreeJob, targetFdOf } from './copyTree.ts';

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
  target: Parameters<typeof pathIn>[0],
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
export async function hardLinkTree(
  job: TreeJob,
  source: OpenDirectory,
  target: ClosedDirectory,
): Promise<void> {
  const { storage, threads, progress, owner } = job;
  // Loaded on demand, because most sources are one file.
  const { walkInParallel } = await import('../mounted/parallelWalk.ts');
  await walkInParallel(
    storage,
    { source, targetFd: target.handle.fd },
    {
      parallelism: threads.parallelism,
      progress,
      visit: (task) => threads.run('linkTree', { ...task, owner, progressMemory: progress.memory }),
      async linkedFile(folder, name, file) {
        await hardLinkFile(storage, file, { handle: { fd: targetFdOf(folder) } }, name);
        progress.addBytes(Number(file.stat.size));
        progress.addFiles(1);
      },
    },
  );
}
