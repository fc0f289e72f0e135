import { link, lstat, rename, unlink } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import type { Outcome } from '../../model/operation.ts';
import { type OpenDirectory, pathIn } from '../mounted/openAt.ts';
import { targetError } from '../storageErrors.ts';

/** Whether something, of whatever kind, has this name. */
export async function isPresent(directory: OpenDirectory, name: FileName): Promise<boolean> {
  try {
    await lstat(pathIn(directory, name));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw targetError(error, displayName(name));
  }
}

/**
 * Gives a finished file its final name. `link` never replaces anything, so of two that publish the same name one
 * wins and the other learns that it is there. The data must be on the disk already.
 */
export async function publishFile(
  directory: OpenDirectory,
  part: FileName,
  name: FileName,
): Promise<Outcome> {
  try {
    await link(pathIn(directory, part), pathIn(directory, name));
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return 'already_present';
    throw cannotLink(error) ?? targetError(error, displayName(name));
  }
  await unlink(pathIn(directory, part));
  await directory.handle.sync();
  return 'staged';
}

/**
 * Gives a finished tree its final name. `rename` refuses to replace a file or a directory with something in it, and
 * silently replaces an empty one, so an empty one counts as present beforehand.
 */
export async function publishTree(
  directory: OpenDirectory,
  part: FileName,
  name: FileName,
): Promise<Outcome> {
  if (await isPresent(directory, name)) return 'already_present';
  try {
    await rename(pathIn(directory, part), pathIn(directory, name));
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return 'already_present';
    throw targetError(error, displayName(name));
  }
  await directory.handle.sync();
  return 'staged';
}

/** File systems without hard links say so in several ways (link(2)). */
function cannotLink(error: unknown): StagingError | undefined {
  const isUnsupported = ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS'].includes(systemErrorCode(error) ?? '');
  return isUnsupported ? new StagingError('PUBLISH_UNSUPPORTED', {}, { cause: error }) : undefined;
}
