import { link, lstat } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { IoError } from '../io/ioFailure.ts';
import { type OpenDirectory, type OpenFile, pathIn } from '../mounted/openAt.ts';
import type { SourceStorage } from '../mounted/sourceStorage.ts';
import { type FormerModes, isWritable } from '../threads/trees/visits.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { type TreeJob, targetFdOf } from './copyTree.ts';

/**
 * Why link(2) may refuse an otherwise valid request: another file system, no permission, too many links, not supported.
 */
const refusals = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'EOPNOTSUPP', 'ENOTSUP', 'EROFS'];

/** The reason if an error means that hard links are not possible here; undefined for any other error. */
export function hardLinkRefusal(error: unknown): string | undefined {
  const failure = error instanceof IoError ? error.failure : undefined;
  if (failure?.code === isWritable) return 'the source is writable, and PROTECT_SOURCE is false';
  const code = failure ? failure.code : systemErrorCode(error);
  const isAtTarget = failure?.side !== 'source';
  return isAtTarget && code !== undefined && refusals.includes(code) ? code : undefined;
}

/** How the sources of links are treated. */
export interface LinkOptions {
  /** Whether their write bits are removed; otherwise a writable file is not linked. */
  readonly isSourceProtected: boolean;
  /** Called when write bits were removed, with the previous modes. */
  onModesChanged(former: FormerModes): void;
}

/**
 * Makes a hard link to an open file and removes its write bits. Linux links by name, not by descriptor (without
 * CAP_DAC_READ_SEARCH), so it is checked that the link leads to the opened file. @throws SOURCE_CHANGED if it does not;
 * the system's error if links are refused
 */
export async function hardLinkFile(
  storage: SourceStorage,
  file: OpenFile,
  target: Parameters<typeof pathIn>[0],
  name: FileName,
  options: LinkOptions,
): Promise<void> {
  const given = displayName(file.location.join('/'));
  if (isWritten(file) && !options.isSourceProtected)
    throw new IoError({ side: 'target', code: isWritable, name: given });
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
  await removeWriteBits(file, options);
}

function isWritten({ stat }: OpenFile): boolean {
  return (stat.mode & 0o222n) !== 0n;
}

/** Removes the write bits of a file through its descriptor, without changing its mode otherwise. */
export async function removeWriteBits(file: OpenFile, { onModesChanged }: LinkOptions): Promise<void> {
  if (!isWritten(file)) return;
  const mode = Number(file.stat.mode) & 0o7777;
  await file.handle.chmod(mode & ~0o222);
  onModesChanged({ [displayName(file.location.join('/'))]: mode });
}

/** Fills an empty folder with a tree of hard links to the files of a source tree. */
export async function hardLinkTree(
  job: TreeJob,
  source: OpenDirectory,
  target: ClosedDirectory,
  options: LinkOptions,
): Promise<void> {
  const { storage, threads, progress, owner } = job;
  const { isSourceProtected, onModesChanged } = options;
  const top = displayName(source.location.join('/'));
  // Loaded on demand, because most sources are one file.
  const { walkInParallel } = await import('../mounted/parallelWalk.ts');
  await walkInParallel({
    storage,
    threads,
    source,
    targetFd: target.handle.fd,
    progress,
    async visit(task) {
      const linking = { ...task, owner, isSourceProtected, progressMemory: progress.memory };
      const { formerModes, outcome } = await threads.run('linkTree', linking);
      const changed = Object.entries(formerModes);
      if (changed.length > 0)
        onModesChanged(Object.fromEntries(changed.map(([path, mode]) => [`${top}/${path}`, mode])));
      if ('failure' in outcome) throw new IoError(outcome.failure);
      return outcome.result;
    },
    async linkedFile(folder, name, file) {
      await hardLinkFile(storage, file, { handle: { fd: targetFdOf(folder) } }, name, options);
      progress.addBytes(Number(file.stat.size));
      progress.addFiles(1);
    },
  });
}
