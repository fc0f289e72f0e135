// The SHA-256 of every file that an operation has staged. Only bytes staged by the service are digested: the files are
// compared with the record before and after.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { type FileName, fileName } from '../../model/fileName.ts';
import type { Operation } from '../../model/operation.ts';
import { newOperationId } from '../../model/operationId.ts';
import { digestOpenFile } from '../../storage/digest/digestOpenFile.ts';
import {
  type OpenDirectory,
  type OpenFile,
  openDirectoryAt,
  openFileAt,
  pathIn,
} from '../../storage/mounted/openAt.ts';
import { type Progress, stopOnAbort } from '../../storage/progress.ts';
import { fromThread, type StorageThreads } from '../../storage/threads/threadPool.ts';
import { checksumLine } from '../../storage/threads/trees/checksumLine.ts';
import {
  type ClosedDirectory,
  moveIn,
  removeEntry,
  removeFile,
  removeFolder,
  renameFile,
} from '../../storage/userArea/closedDirectory.ts';
import { entryAt } from '../../storage/userArea/publish.ts';
import type { UserAreas } from '../target/targetBase.ts';
import {
  changed,
  checkIdentity,
  checkStaged,
  checkThere,
  checkTree,
  openStagedPlace,
  rethrow,
  type StagedData,
} from './stagedData.ts';

/** In the folder of an operation's digests: the lines for `sha256sum -c`. */
const linesName = fileName('sha256');

/** The dependencies for digesting. */
export interface StagedDigestMeans {
  readonly userAreas: UserAreas;
  /** Separate from the threads that copy. */
  readonly threads: StorageThreads;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The folder in a workspace that contains the digests of an operation. */
const digestFolderOf = (id: string) => `digests-${id}`;

/** Removes the digests of an operation whose data was removed. */
export async function forgetStagedDigests(
  { id }: Operation,
  folder: OpenDirectory,
  { workspaces, threads }: Pick<UserAreas, 'workspaces' | 'threads'>,
): Promise<void> {
  await using kept = await workspaces.open(folder, digestFolderOf(id));
  await removeEntry(kept, linesName, threads);
  await removeFolder(kept, `../${digestFolderOf(id)}`);
}

/** The location of the lines that were written while a tree was copied. */
interface WrittenLines {
  /** The folder that contains the tree. */
  readonly folder: OpenDirectory;
  readonly workspace: ClosedDirectory;
  readonly name: FileName;
}

/**
 * Stores the lines that were written while a tree was copied, once it is published, so that they are already known at
 * the first request. On any failure, they are computed at that request, as for trees without them.
 */
export async function keepChecksums(
  operationId: string,
  { folder, workspace, name }: WrittenLines,
  { workspaces }: Pick<UserAreas, 'workspaces'>,
): Promise<void> {
  try {
    if (!(await entryAt(workspace, name))) return;
    await using kept = await workspaces.open(folder, digestFolderOf(operationId));
    await moveIn(workspace, name, kept, linesName);
  } catch {
    // The tree is published, even if this fails.
  }
}

/**
 * The lines for all files that an operation has staged, as `sha256sum` writes them, with paths relative to the staged
 * folder: as an open file, which the caller must close. Those of a tree are computed once, and kept beside the user
 * areas as long as the data exists.
 * @throws DATA_NOT_STAGED, DATA_REMOVED, DATA_GONE, DATA_CHANGED; the signal's reason
 */
export async function openStagedDigests(operation: Operation, means: StagedDigestMeans): Promise<OpenFile> {
  const { userAreas } = means;
  await using place = await openStagedPlace(operation, userAreas);
  const staged = checkThere(place);
  await checkStaged(operation, staged, userAreas);
  await using folder = await userAreas.workspaces.open(staged.folder, digestFolderOf(operation.id));
  return (await openLines(folder)) ?? (await computeLines(operation, staged, folder, means));
}

async function openLines(folder: ClosedDirectory): Promise<OpenFile | undefined> {
  return openFileAt(pathIn(folder, linesName), []).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return undefined;
  });
}

async function computeLines(
  operation: Operation,
  staged: StagedData,
  folder: ClosedDirectory,
  means: StagedDigestMeans,
): Promise<OpenFile> {
  const part = fileName(`part-${newOperationId()}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const output = await open(pathIn(folder, part), flags, 0o600);
  try {
    try {
      if (staged.entry.isDirectory()) await digestTree(operation, staged, output.fd, means);
      else await output.writeFile(await digestLine(operation, staged, means), 'latin1');
      await output.sync();
    } finally {
      await output.close();
    }
    await renameFile(folder, part, linesName);
  } catch (error) {
    // If it cannot be removed, the earlier error is still the one to report.
    await removeFile(folder, part).catch(() => undefined);
    throw fromThread(error, staged.location);
  }
  const lines = await openLines(folder);
  if (!lines) throw new Error('The digests that were just written are gone');
  return lines;
}

async function digestTree(
  operation: Operation,
  { folder, name, location }: StagedData,
  outputFd: number,
  { threads, progress, signal }: StagedDigestMeans,
): Promise<void> {
  await using tree = await openDirectoryAt(pathIn(folder, name), []).catch((cause: unknown) => {
    throw changed(location, 'it has just been exchanged', cause);
  });
  const task = { directoryFd: tree.handle.fd, outputFd, progressMemory: progress.memory };
  const measure = await stopOnAbort(progress, signal, () => threads.run('digestPublished', task)).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      return rethrow(error, location);
    },
  );
  checkTree(operation, measure, location);
}

async function digestLine(
  operation: Operation,
  { folder, name, location, entry }: StagedData,
  { threads, progress, signal }: StagedDigestMeans,
): Promise<string> {
  if (operation.sha256 !== null) return checksumLine(operation.sha256, name);
  // Symbolic links are not followed: they lead to the source.
  if (!entry.isFile()) {
    throw new StagingError('DATA_NOT_STAGED', { reason: 'a symbolic link has no bytes of its own' });
  }
  await using file = await openFileAt(pathIn(folder, name), []);
  if (!file) throw changed(location, 'it has just been exchanged');
  checkIdentity(operation, file.stat, location);
  const { sha256 = '' } = await digestOpenFile(file.handle, ['sha256'], { threads, progress, signal });
  checkIdentity(operation, await file.handle.stat({ bigint: true }), location);
  return checksumLine(sha256, name);
}
