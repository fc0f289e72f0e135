import { link, lstat, rename, unlink } from 'node:fs/promises';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import {
  bytesOf,
  displayName,
  type FileName,
  fileNameFromBytes,
  maxNameBytes,
} from '../../model/fileName.ts';
import type { Outcome } from '../../model/operation.ts';
import { type OpenDirectory, pathIn } from '../mounted/openAt.ts';
import { targetError } from '../storageErrors.ts';

/**
 * The name of the part file of an operation: `.<name>.<operationId>.part`, hidden, beside its target. Each further
 * attempt has a name of its own, `.<name>.<operationId>.<attempt>.part`, so that a process which only seemed dead finds
 * nothing under the name that it knows.
 * The target's name is cut when the whole would be longer than a name may be.
 */
export function partName(name: FileName, operationId: string, attempt = 1): FileName {
  return hiddenName(name, operationId, attempt, 'part');
}

/** The name of the log of what is in a part file for certain, beside it. */
export function stretchLogName(name: FileName, operationId: string, attempt = 1): FileName {
  return hiddenName(name, operationId, attempt, 'stretches');
}

function hiddenName(name: FileName, operationId: string, attempt: number, kind: string): FileName {
  const suffix = `.${operationId}${attempt > 1 ? `.${attempt}` : ''}.${kind}`;
  const cut = bytesOf(name).subarray(0, maxNameBytes - suffix.length - 1);
  return fileNameFromBytes(Buffer.concat([bytesOf('.'), cut, bytesOf(suffix)]));
}

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
