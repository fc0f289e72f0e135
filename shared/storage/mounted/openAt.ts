import { type BigIntStats, constants, fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { bytesOf, type FileName } from '../../model/fileName.ts';

/** A directory held open: names below it are looked up in this directory, regardless of changes to its path. */
export interface OpenDirectory extends AsyncDisposable {
  readonly kind: 'directory';
  readonly handle: FileHandle;
  /** The names from the storage's root to the directory, with all links resolved. */
  readonly location: readonly FileName[];
  /** Its state when it was opened. */
  readonly stat: BigIntStats;
}

/** A regular file held open for reading. */
export interface OpenFile extends AsyncDisposable {
  readonly kind: 'file';
  readonly handle: FileHandle;
  readonly location: readonly FileName[];
  /** Its state when it was opened. */
  readonly stat: BigIntStats;
}

/** A source on mounted storage: opened once, and then used through its descriptor. */
export type MountedSource = OpenFile | OpenDirectory;

/** Follows no link, and does not block on a FIFO. */
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The path of an open directory, or of an entry in it. Linux resolves it through the descriptor, so that it means this
 * directory even after it was moved, or a link was put in its place (Node.js has no `openat`).
 */
export function pathIn(directory: { readonly handle: { readonly fd: number } }, name = ''): Buffer {
  return bytesOf(`/proc/${process.pid}/fd/${directory.handle.fd}/${name}`);
}

/** Opens a directory that is not a link. @throws the system's error: ENOTDIR also for a link */
export async function openDirectoryAt(
  path: Buffer | string,
  location: readonly FileName[],
): Promise<OpenDirectory> {
  const handle = await open(path, readFlags | constants.O_DIRECTORY);
  return { kind: 'directory', handle, location, stat: await statOrClose(handle), ...closing(handle) };
}

/** Opens the root of a storage, which an administrator may have named by a link. @throws the system's error */
export async function openStorageRoot(path: string): Promise<OpenDirectory> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  return { kind: 'directory', handle, location: [], stat: await statOrClose(handle), ...closing(handle) };
}

/** Opens a regular file that is not a link; undefined if it is something else. */
export async function openFileAt(path: Buffer, location: readonly FileName[]): Promise<OpenFile | undefined> {
  const handle = await open(path, readFlags);
  const stat = await statOrClose(handle);
  if (stat.isFile()) return { kind: 'file', handle, location, stat, ...closing(handle) };
  await handle.close();
  return undefined;
}

/** Synchronous, because opening has just fetched it: it does not wait for a disk or network. */
async function statOrClose(handle: FileHandle): Promise<BigIntStats> {
  try {
    return fstatSync(handle.fd, { bigint: true });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function closing(handle: FileHandle): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => handle.close() };
}
