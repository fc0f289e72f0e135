// No other code in the service removes, moves or replaces entries by name. In a folder that others can write to, an
// entry could be exchanged between two calls; the type of the directory excludes such folders, and a test searches for
// violations.

import { link, mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { targetError } from '../io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import type { StorageThreads } from '../threads/threadPool.ts';

declare const closed: unique symbol;

/**
 * A directory that belongs to the service and that no other user can enter, held open. Only in such directories does
 * the service change, replace or remove entries by name: nobody else can exchange them between two calls.
 */
export type ClosedDirectory = OpenDirectory & { readonly [closed]: true };

/** Whether only this process's user can enter a directory, and it is on the file system of its parent. */
function isClosed(directory: OpenDirectory, above: OpenDirectory): directory is ClosedDirectory {
  const { uid, mode, dev } = directory.stat;
  return uid === BigInt(process.geteuid?.() ?? -1) && (mode & 0o777n) === 0o700n && dev === above.stat.dev;
}

/**
 * Opens a closed directory, created if missing, in a directory that others may be able to write to. The entry with its
 * name is opened once, verified through that descriptor, and used only through it.
 * @throws WORKSPACE_UNUSABLE when something else has its name; the system's error when it cannot be created
 */
export async function makeClosedDirectory(above: OpenDirectory, name: FileName): Promise<ClosedDirectory> {
  await mkdir(pathIn(above, name), { mode: 0o700 }).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  });
  const found = await openClosedDirectory(above, name);
  if (found) return found;
  throw unusable(above, name);
}

/** Opens an existing closed directory; undefined when there is none. @throws as above */
export async function openClosedDirectory(
  above: OpenDirectory,
  name: FileName,
): Promise<ClosedDirectory | undefined> {
  const location = [...above.location, name];
  const directory = await openDirectoryAt(pathIn(above, name), location).catch((error: unknown) => {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw unusable(above, name);
    throw targetError(error, displayName(location.join('/')));
  });
  if (!directory || isClosed(directory, above)) return directory;
  await directory.handle.close();
  throw unusable(above, name);
}

/** Removes a file or link, which may be in the directory above. @throws the system's error */
export function removeFile(directory: ClosedDirectory, path: FileName | `../${string}`): Promise<void> {
  return unlink(pathIn(directory, path));
}

/** Removes an empty folder, which may be named by a path in the directory. @throws the system's error */
export function removeFolder(directory: ClosedDirectory, path: string): Promise<void> {
  return rmdir(pathIn(directory, path));
}

/** Removes an entry of any kind, with its contents; a missing entry is no error. @throws IoError */
export async function removeEntry(
  directory: ClosedDirectory,
  name: FileName,
  threads: StorageThreads,
): Promise<void> {
  await threads.run('removeEntry', { directoryFd: directory.handle.fd, name });
}

/** Renames a file within the directory. @throws the system's error */
export function renameFile(directory: ClosedDirectory, from: FileName, to: FileName): Promise<void> {
  return rename(pathIn(directory, from), pathIn(directory, to));
}

/**
 * Moves a folder out of a closed directory, into one that others may be able to write to. It replaces nothing except an
 * empty folder. @throws the system's error
 */
export function moveFolderOut(
  directory: ClosedDirectory,
  folder: FileName,
  to: OpenDirectory,
  name: FileName,
): Promise<void> {
  return rename(pathIn(directory, folder), pathIn(to, name));
}

/**
 * Moves the entry with a name in a directory that others may be able to write to into a closed one, under a name that
 * is free there. It may be a different entry than before: check it afterwards. @throws the system's error
 */
export function moveIn(
  from: OpenDirectory,
  name: FileName,
  directory: ClosedDirectory,
  as: FileName,
): Promise<void> {
  return rename(pathIn(from, name), pathIn(directory, as));
}

/**
 * Names an entry other than a folder in a directory that others can write to, and replaces nothing there. @throws as
 * above
 */
export async function moveFileOut(
  directory: ClosedDirectory,
  file: FileName,
  to: OpenDirectory,
  name: FileName,
): Promise<void> {
  await link(pathIn(directory, file), pathIn(to, name));
  await removeFile(directory, file);
}

function unusable(above: OpenDirectory, name: FileName): StagingError {
  return new StagingError('WORKSPACE_UNUSABLE', { path: displayName([...above.location, name].join('/')) });
}
