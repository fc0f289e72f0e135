import { createHash } from 'node:crypto';
import { link, lstat, open, readFile, realpath, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { validate as isUuid, v4 as uuid } from 'uuid';
import { systemErrorCode } from '../errors/stagingError.ts';
import { bytesOf, type FileName } from './fileName.ts';
import type { OpenDirectory } from './source.ts';

/** In the root of the user areas; no user can have this name. */
const idFileName = '.staging-storage-id';

/**
 * Names the file system that a directory of the user areas lies on, alike on every machine that mounts it: device
 * numbers differ between machines, and so may the path, but a file is the same file everywhere. The first process
 * that needs it makes it. What is mounted beneath the root is named by where that is.
 */
export type NameSpace = (directory: OpenDirectory) => Promise<string>;

/** Names for the user areas at this path. */
export function createSpaceNames(targetStoragePath: string): NameSpace {
  let id: string | undefined;
  return async ({ stat, location }) => {
    const root = await realpath(targetStoragePath);
    id ??= await readOrMakeId(root);
    // Where there can be no file, machines that mount the storage at one path still agree.
    const name = id ? `id:${id}` : `path:${shortHash(Buffer.from(root))}`;
    const { dev } = await lstat(root, { bigint: true });
    return stat.dev === dev ? name : `${name}/${shortHash(await mountPoint(root, location, stat.dev))}`;
  };
}

/** The path from the root to where the device is mounted that the directory at `location` lies on. */
async function mountPoint(root: string, location: readonly FileName[], device: bigint): Promise<Buffer> {
  let names = location;
  while (names.length > 1) {
    const above = names.slice(0, -1);
    const path = Buffer.concat([Buffer.from(`${root}/`), bytesOf(above.join('/'))]);
    if ((await lstat(path, { bigint: true })).dev !== device) break;
    names = above;
  }
  return bytesOf(names.join('/'));
}

/** Undefined where the root has no id file and lets us make none, or where it holds something else. */
async function readOrMakeId(root: string): Promise<string | undefined> {
  const path = join(root, idFileName);
  try {
    return (await readId(path)) ?? (await makeId(path));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

async function readId(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return isUuid(text) ? text : '';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Linked when it is whole, so that of several who make it at once all read the first one's. */
async function makeId(path: string): Promise<string | undefined> {
  const part = `${path}.${uuid()}.part`;
  try {
    await using file = await open(part, 'wx', 0o644);
    await file.writeFile(`${uuid()}\n`);
    await file.sync();
    await link(part, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(part).catch(() => undefined);
  }
  return readId(path);
}

function shortHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
