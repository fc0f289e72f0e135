import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { makeSlowFile } from '../../services/staging/slowCopies.ts';
import { mallory, victor } from './attacker.ts';

/** The attacker's replacement for entries that the service creates. */
export type Bait =
  | 'a link to a source'
  | "a link to another user's file"
  | "a private folder of root's"
  | "another user's folder"
  | 'a symbolic link to another area'
  | 'a folder of their own'
  | 'nothing';

/** How many sources there are of each kind, and baits in a folder. */
export const sourceCount = 16;
const linkCount = 64;
const folderCount = 4;

/** Storages in one file system, with an attacker's area, and with data that must not change. */
export interface AttackedStorage {
  readonly sourceStorage: string;
  readonly userAreas: string;
  /** The attacker's own area. */
  readonly area: string;
  /** Empties a folder of the attacker's, and creates baits in it. */
  layBaits(folder: string, bait: Bait): Promise<void>;
  /** The changed entries: in the source storage, in the other area, and of the baits in a folder. */
  damage(folder: string): Promise<string[]>;
  /** Restores the modes of the sources that `symlink_copy` changes. */
  restoreModes(): Promise<void>;
}

/** The sources: small files, files that are copied in a thread or cloned, trees of one file, and one that takes long. */
export const sources = {
  small: (index: number) => `small-${index}`,
  large: (index: number) => `large-${index}`,
  tree: (index: number) => `tree-${index}`,
  slow: () => 'slow',
};

/** Creates storages beneath a directory. */
export async function makeAttackedStorage(directory: string): Promise<AttackedStorage> {
  const [sourceStorage, userAreas] = [join(directory, 'source_storage'), join(directory, 'user_areas')];
  const [area, otherArea] = [join(userAreas, 'mallory'), join(userAreas, 'victor')];
  const precious = join(sourceStorage, 'precious');
  const shared = join(otherArea, 'shared');
  for (const path of [sourceStorage, userAreas, area, otherArea]) await mkdir(path, { recursive: true });
  await writeSources(sourceStorage);
  await writeFile(precious, 'precious', { mode: 0o644 });
  await writeFile(shared, 'shared');
  await chmod(shared, 0o666);
  await mkdir(join(otherArea, 'tree'));
  await writeFile(join(otherArea, 'tree', 'file'), 'of another user');
  for (const path of ['', 'shared', 'tree', 'tree/file']) await chown(join(otherArea, path), victor, victor);
  await chown(area, mallory, mallory);
  const canaries = await statesBeneath([sourceStorage, otherArea]);
  let baits = new Map<bigint, string>();

  return {
    sourceStorage,
    userAreas,
    area,
    async layBaits(folder, bait) {
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
      await chown(folder, mallory, mallory);
      await writeFile(join(folder, '_own'), 'foreign');
      await chown(join(folder, '_own'), mallory, mallory);
      const count = bait.includes('folder') ? folderCount : bait === 'nothing' ? 0 : linkCount;
      for (let index = 0; index < count; index += 1) {
        const path = join(folder, `_bait.${index}`);
        if (bait === 'a link to a source') await link(precious, path);
        else if (bait === "a link to another user's file") await link(shared, path);
        else if (bait === 'a symbolic link to another area') await symlink('../../victor/tree', path);
        else await makeFolder(path, ownerOf(bait));
      }
      baits = await statesOfBaits(folder);
    },
    async damage(folder) {
      const [now, baitsNow] = [
        await statesBeneath([sourceStorage, otherArea]),
        await statesOfBaits(folder, baits),
      ];
      return [...differences(canaries, now), ...differences(baits, baitsNow)];
    },
    async restoreModes() {
      for (let index = 0; index < sourceCount; index += 1) {
        await chmod(join(sourceStorage, sources.small(index)), 0o644);
        await chmod(join(sourceStorage, sources.tree(index), 'file'), 0o644);
      }
    },
  };
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function writeSources(directory: string): Promise<void> {
  // If it is cloned, its digests take a while.
  await makeSlowFile(join(directory, sources.slow()), 512);
  for (let index = 0; index < sourceCount; index += 1) {
    await writeFile(join(directory, sources.small(index)), `small ${index}`);
    await writeFile(join(directory, sources.large(index)), Buffer.alloc(300_000, `large ${index}`));
    await mkdir(join(directory, sources.tree(index)));
    await writeFile(join(directory, sources.tree(index), 'file'), `in tree ${index}`);
  }
}

function ownerOf(bait: Bait): number {
  if (bait === 'a folder of their own') return mallory;
  return bait === "another user's folder" ? victor : 0;
}

async function makeFolder(path: string, owner: number): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, 'file'), 'foreign');
  await chown(join(path, 'file'), owner, owner);
  await chown(path, owner, owner);
}

/** All entries beneath some directories: owner, mode, and the content of files. */
async function statesBeneath(directories: readonly string[]): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const directory of directories) {
    for (const name of ['.', ...(await readdir(directory, { recursive: true }))]) {
      const path = join(directory, name);
      states.set(path, await stateOf(path));
    }
  }
  return states;
}

async function stateOf(path: string): Promise<string> {
  const entry = lstatSync(path);
  const { uid, gid, mode, size } = entry;
  const isReadQuickly = entry.isFile() && size < 1024 ** 2;
  return `${uid}:${gid} ${mode.toString(8)} ${isReadQuickly ? await sha256Of(path) : ''}`;
}

/** By their inodes, because they may have any name in the folder; for links also their number. */
async function statesOfBaits(
  folder: string,
  wanted?: ReadonlyMap<bigint, string>,
): Promise<Map<bigint, string>> {
  const states = new Map<bigint, string>();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { ino, nlink } = await lstat(path, { bigint: true });
    const isWanted = wanted ? wanted.has(ino) : name !== '_own';
    if (!isWanted || states.has(ino)) continue;
    const isFolder = lstatSync(path).isDirectory();
    const inside = isFolder ? await stateOf(join(path, 'file')).catch(() => 'without its file') : '';
    states.set(ino, `${await stateOf(path)} ${isFolder ? inside : `${nlink} links`}`);
  }
  return states;
}

function differences<Key>(before: ReadonlyMap<Key, string>, now: ReadonlyMap<Key, string>): string[] {
  const keys = new Set([...before.keys(), ...now.keys()]);
  return [...keys]
    .filter((key) => before.get(key) !== now.get(key))
    .map((key) => `${key} was ${before.get(key) ?? 'not there'} and is ${now.get(key) ?? 'gone'}`);
}
