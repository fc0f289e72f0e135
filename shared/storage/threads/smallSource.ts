import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { splitNames, workspaceName } from '../../model/fileName.ts';
import { pathAt } from '../io/descriptors.ts';
import { settle, type TaskOutcome } from '../io/ioFailure.ts';
import type { ByteRange } from '../source.ts';

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

/** The bytes of a file, and its state. */
export interface SmallSource {
  readonly bytes: Buffer;
  readonly stat: BigIntStats;
}

/**
 * Reads a file that `joinNames` names, or a range of it. Undefined if these are more bytes, or it changes meanwhile.
 * @throws the system's error, also for a link on the way
 */
export function readSource(
  root: string,
  joined: string,
  { maxBytes, range }: { readonly maxBytes: number; readonly range?: ByteRange | undefined },
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
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const wanted = Math.min(end, size - 1) + 1 - start;
    if (!stat.isFile() || wanted < 0 || wanted > maxBytes) return undefined;
    const bytes = Buffer.allocUnsafeSlow(wanted);
    for (let done = 0; done < wanted; ) {
      const read = readSync(fd, bytes, done, wanted - done, start + done);
      if (read === 0) return undefined;
      done += read;
    }
    const now = fstatSync(fd, { bigint: true });
    const isSame = now.size === stat.size && now.mtimeNs === stat.mtimeNs && now.ctimeNs === stat.ctimeNs;
    return isSame ? { bytes, stat } : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Files, or ranges of files, to be read together. */
interface SmallReadsTask {
  /** The root of the storage. */
  readonly sources: string;
  readonly maxBytes: number;
  readonly reads: readonly { readonly source: string; readonly range: ByteRange | undefined }[];
}

/** What was read of a file, and the state of it that distinguishes its versions. */
export interface SmallRead
  extends Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'blocks' | 'mode' | 'mtimeNs' | 'ctimeNs'> {
  readonly bytes: Uint8Array;
}

/** Reads each of them; null for one that is unusual: larger, behind a link, changing, or with any error. */
export function readSmallFiles({
  sources,
  maxBytes,
  reads,
}: SmallReadsTask): Promise<TaskOutcome<(SmallRead | null)[]>> {
  return settle(() => {
    using folders = openFolders();
    return reads.map(({ source, range }) => {
      try {
        const found = readSource(sources, source, { maxBytes, range }, folders);
        if (!found) return null;
        const { dev, ino, size, blocks, mode, mtimeNs, ctimeNs } = found.stat;
        return { bytes: found.bytes, dev, ino, size, blocks, mode, mtimeNs, ctimeNs };
      } catch {
        return null;
      }
    });
  });
}
