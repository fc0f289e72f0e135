import { createHash } from 'node:crypto';
import { lstat, readlink, realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { validate as isUuid, v4 as uuid } from 'uuid';
import { memoizeFor } from '../../async/coalesce.ts';
import { systemErrorCode } from '../../errors/stagingError.ts';
import { bytesOf, type FileName } from '../../model/fileName.ts';
import type { OpenDirectory } from '../mounted/openAt.ts';

/** In the root of the user areas; no user can have this name. */
const idLinkName = '.staging-storage-id';

/**
 * The id of the file system of a directory of the user areas, the same on every machine that mounts it: device numbers
 * and paths may differ between machines, but the text of a link is the same everywhere. The first process that needs
 * the link creates it. A file system mounted beneath the root is identified by its mount point.
 */
export type FileSystemIds = (directory: OpenDirectory) => Promise<string>;

/** How long the root is not checked again, in ms: every operation needs the id. */
const rootKeptMs = 1000;

/** The ids of the user areas at this path. */
export function createFileSystemIds(targetStoragePath: string): FileSystemIds {
  let id: string | undefined;
  const readRoot = memoizeFor(rootKeptMs, async (path: string) => {
    const root = await realpath(path);
    const { dev } = await lstat(root, { bigint: true });
    id ??= await readOrMakeId(root);
    // Without such a link, machines that mount the storage at the same path still agree.
    const name = id ? `id:${id}` : `path:${shortHash(Buffer.from(root))}`;
    return { root, dev, name };
  });
  return async ({ stat, location }) => {
    const { root, dev, name } = await readRoot(targetStoragePath);
    return stat.dev === dev ? name : `${name}/${shortHash(await mountPoint(root, location, stat.dev))}`;
  };
}

/** The path from the root to the mount point of the device of the directory at `location`. */
async function mountPoint(root: string, location: readonly FileName[], device: bigint): Promise<Buffer> {
  let names = location;
  while (names.length > 1) {
    const above = names.slice(0, -1);
    const path = Buffer.concat([Buffer.from(`${root}/`), bytesOf(above.join('/'))]);
    // Users may rename folders on the way. Then a part of the reserved space is recorded under another name.
    const entry = await lstat(path, { bigint: true }).catch(() => undefined);
    if (entry?.dev !== device) break;
    names = above;
  }
  return bytesOf(names.join('/'));
}

/** Undefined if the root has no id and does not allow creating one, or if something else has its name. */
async function readOrMakeId(root: string): Promise<string | undefined> {
  const path = join(root, idLinkName);
  try {
    return (await readId(path)) ?? (await makeId(path));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

async function readId(path: string): Promise<string | undefined> {
  try {
    const text = await readlink(path);
    return isUuid(text) ? text : '';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A dangling link: it is created atomically with its text, and of several processes one succeeds. */
async function makeId(path: string): Promise<string | undefined> {
  try {
    await symlink(uuid(), path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  return readId(path);
}

function shortHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
