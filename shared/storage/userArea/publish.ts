import { execFile } from 'node:child_process';
import type { BigIntStats } from 'node:fs';
import { link, lstat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import type { Published } from '../../model/operations/lifecycle.ts';
import { fileEtag } from '../entityTag.ts';
import { targetError } from '../io/storageErrors.ts';
import { type OpenDirectory, openDirectoryAt, pathIn } from '../mounted/openAt.ts';
import { type ClosedDirectory, moveFolderOut, removeFile } from './closedDirectory.ts';

/** The entry with a name in a directory, of any kind; undefined when there is none. */
export async function entryAt(directory: OpenDirectory, name: FileName): Promise<BigIntStats | undefined> {
  try {
    return await lstat(pathIn(directory, name), { bigint: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw targetError(error, displayName(name));
  }
}

/**
 * The identity of a file, which distinguishes it from later files of the same name. It excludes the device, whose
 * number differs between machines, and the ctime, which changes with a further hard link.
 */
export function identityOf({ ino, mtimeNs }: BigIntStats): string {
  return `${ino}:${mtimeNs}`;
}

/** A finished part in a workspace, and its final name. */
export interface Publication {
  readonly workspace: ClosedDirectory;
  readonly part: FileName;
  /** The target's folder, held open. */
  readonly folder: OpenDirectory;
  readonly name: FileName;
}

/**
 * Gives a finished file its final name. `link` never replaces anything, so if two operations publish the same name, one
 * succeeds and the other gets EEXIST. The data must already be synced to disk.
 * @throws TARGET_DISTURBED when another entry has the name afterwards; the system's EXDEV, and ENOENT when the folder
 * is gone
 */
export async function publishFile(publication: Publication): Promise<Published> {
  const { workspace, part, folder, name } = publication;
  const made = await lstat(pathIn(workspace, part), { bigint: true });
  try {
    await link(pathIn(workspace, part), pathIn(folder, name));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return { outcome: 'already_present' };
    if (code === 'EXDEV' || code === 'ENOENT') throw error;
    throw cannotLink(error) ?? targetError(error, displayName(name));
  }
  await checkPublished(made, publication);
  await removeFile(workspace, part);
  await folder.handle.sync();
  return {
    outcome: 'staged',
    inode: `${made.dev}:${made.ino}`,
    identity: identityOf(made),
    etag: fileEtag(made),
  };
}

/**
 * Gives a finished tree its final name. `rename` refuses to replace a file or a directory that is not empty, and
 * silently replaces an empty one, so an empty one counts as present beforehand.
 * @throws as above
 */
export async function publishTree(publication: Publication): Promise<Published> {
  const { workspace, part, folder, name } = publication;
  if (await entryAt(folder, name)) return { outcome: 'already_present' };
  const made = await lstat(pathIn(workspace, part), { bigint: true });
  try {
    await renameTree(publication, made);
  } catch (error) {
    const code = systemErrorCode(error);
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(code ?? '')) return { outcome: 'already_present' };
    if (code === 'EXDEV' || code === 'ENOENT') throw error;
    throw targetError(error, displayName(name));
  }
  const found = await checkPublished(made, publication);
  await folder.handle.sync();
  return { outcome: 'staged', inode: `${made.dev}:${made.ino}`, identity: identityOf(found) };
}

/**
 * Moves a tree out of the workspace. Only root may move a folder that it may not write to, because its entry `..`
 * changes; other users make the top folder read-only right afterwards, through its descriptor.
 */
async function renameTree({ workspace, part, folder, name }: Publication, made: BigIntStats): Promise<void> {
  const isMovable = process.geteuid?.() === 0 || (made.mode & 0o200n) !== 0n;
  if (isMovable) return moveFolderOut(workspace, part, folder, name);
  await using top = await openDirectoryAt(pathIn(workspace, part), []);
  await top.handle.chmod(0o700);
  await moveFolderOut(workspace, part, folder, name);
  await top.handle.chmod(Number(made.mode & 0o777n));
}

/** The one check of a name in a user's folder after it was used: the entry must be the published one. */
async function checkPublished(made: BigIntStats, { folder, name }: Publication): Promise<BigIntStats> {
  const found = await entryAt(folder, name);
  if (found?.ino === made.ino && found.dev === made.dev) return found;
  throw new StagingError('TARGET_DISTURBED', { path: displayName([...folder.location, name].join('/')) });
}

/** File systems without hard links report that in several ways (link(2)). */
function cannotLink(error: unknown): StagingError | undefined {
  const isUnsupported = ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS'].includes(systemErrorCode(error) ?? '');
  return isUnsupported ? new StagingError('PUBLISH_UNSUPPORTED', {}, { cause: error }) : undefined;
}

const run = promisify(execFile);

/**
 * Syncs everything that was written to the file system of a directory: one `syncfs`, by coreutils' `sync` (Node.js has
 * no call for it), where an `fsync` of each of 100,000 files would take minutes.
 */
export async function syncFileSystem(directory: OpenDirectory): Promise<void> {
  await run('sync', ['--file-system', `/proc/${process.pid}/fd/${directory.handle.fd}`]);
}
