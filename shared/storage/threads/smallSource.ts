import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { splitNames, workspaceName } from '../../model/fileName.ts';
import { pathAt } from '../io/descriptors.ts';
import { mayHaveHoles } from '../io/holes.ts';

const rootFlags = constants.O_RDONLY | constants.O_DIRECTORY;
const folderFlags = rootFlags | constants.O_NOFOLLOW;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A folder held open. */
export interface Folder {
  readonly fd: number;
  readonly stat: BigIntStats;
}

/** The folders on the ways of a task's files, each opened once and held open. */
export interface Folders extends Disposable {
  /** Walks from a root, which an administrator may have named by a link; no other link is followed. @throws the system's error */
  walk(root: string, names: readonly string[]): readonly Folder[];
}

/** Opens none yet. */
export function openFolders(): Folders {
  const opened = new Map<string, Folder>();
  const open = (key: string, path: string | Buffer, flags: number) => {
    const known = opened.get(key);
    if (known) return known;
    const fd = openSync(path, flags);
    const folder = { fd, stat: fstatSync(fd, { bigint: true }) };
    opened.set(key, folder);
    return folder;
  };
  return {
    walk(root, names) {
      let [key, here] = [root, open(root, root, rootFlags)];
      const way = [here];
      for (const name of names) {
        key = `${key}/${name}`;
        here = open(key, pathAt(here.fd, name), folderFlags);
        way.push(here);
      }
      return way;
    },
    [Symbol.dispose]() {
      for (const { fd } of opened.values()) closeSync(fd);
    },
  };
}

/** The content of a small file, and its state. */
export interface SmallSource {
  readonly bytes: Buffer;
  readonly stat: BigIntStats;
}

/**
 * Reads a file that `joinNames` names. Undefined if it is not small, or changes meanwhile. @throws the system's error, also for a link on the
 * way
 */
export function readSource(
  root: string,
  joined: string,
  maxBytes: number,
  folders: Folders,
): SmallSource | undefined {
  const names = splitNames(joined);
  const name = names.pop() ?? '';
  if ((names[0] ?? name) === workspaceName) return undefined;
  const folder = folders.walk(root, names).at(-1);
  const path = pathAt(folder?.fd ?? -1, name);
  // Opening a device may have an effect.
  if (!lstatSync(path).isFile()) return undefined;
  const fd = openSync(path, readFlags);
  try {
    const stat = fstatSync(fd, { bigint: true });
    const size = Number(stat.size);
    if (!stat.isFile() || size > maxBytes || mayHaveHoles({ size, blocks: Number(stat.blocks) }))
      return undefined;
    // One more than expected shows whether it grows.
    const buffer = Buffer.allocUnsafeSlow(size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, length);
    }
    const now = fstatSync(fd, { bigint: true });
    const isSame = length === size && now.size === stat.size && now.mtimeNs === stat.mtimeNs;
    return isSame && now.ctimeNs === stat.ctimeNs ? { bytes: buffer.subarray(0, size), stat } : undefined;
  } finally {
    closeSync(fd);
  }
}
