import { mkdir } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import { targetError } from '../storageErrors.ts';

declare const closed: unique symbol;

/**
 * A directory of the service's own that no other user can enter, held open. Only in such directories does the service
 * change, replace or remove what a name leads to: nobody else can put something else there between two calls.
 */
export type ClosedDirectory = OpenDirectory & { readonly [closed]: true };

/** Whether only this process's user can enter a directory, and it lies on the file system of the one above it. */
function isClosed(directory: OpenDirectory, above: OpenDirectory): directory is ClosedDirectory {
  const { uid, mode, dev } = directory.stat;
  return uid === BigInt(process.geteuid?.() ?? -1) && (mode & 0o777n) === 0o700n && dev === above.stat.dev;
}

/**
 * Opens a closed directory, made when it is missing, in a directory that others may be able to write. What bears its
 * name is opened once, verified through that descriptor, and used through it from then on.
 * @throws WORKSPACE_UNUSABLE when something else has its name; the system's error when it cannot be made
 */
export async function makeClosedDirectory(above: OpenDirectory, name: FileName): Promise<ClosedDirectory> {
  await mkdir(pathIn(above, name), { mode: 0o700 }).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  });
  const found = await openClosedDirectory(above, name);
  if (found) return found;
  throw unusable(above, name);
}

/** Opens a closed directory that is there; undefined when there is none. @throws as above */
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

function unusable(above: OpenDirectory, name: FileName): StagingError {
  return new StagingError('WORKSPACE_UNUSABLE', { path: displayName([...above.location, name].join('/')) });
}
