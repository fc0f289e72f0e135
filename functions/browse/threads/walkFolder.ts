import { closeSync, constants, type Dirent, lstatSync, openSync, readdirSync } from 'node:fs';
import { systemErrorCode } from '../../../shared/errors/stagingError.ts';
import { pathAt, pathOfDescriptor } from '../../../shared/storage/io/descriptors.ts';
import { isKindKnown } from '../../../shared/storage/threads/trees/visits.ts';

/** A folder to walk through. Names have one character for each byte. */
export interface FolderWalk {
  /** The open folder; it belongs to the main thread. */
  readonly fd: number;
  /** Paths in it to skip. */
  readonly hidden: readonly (readonly string[])[];
  /** Where an earlier walk stopped. */
  readonly after?: readonly string[] | undefined;
  /** How long it may take, in ms. */
  readonly limitMs: number;
}

/** A visited entry. */
export interface WalkedEntry {
  readonly path: readonly string[];
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** The open folder that contains it. */
  readonly folderFd: number;
  readonly name: string;
}

interface Visitor {
  /** Called once for each entry. @returns whether to stop there */
  meet(entry: WalkedEntry): boolean;
  /** Whether to enter a folder. */
  enters(entry: WalkedEntry): boolean;
}

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Each level takes a descriptor. */
const maxDepth = 200;

/**
 * Visits entries by name, each before its contents. Links are not followed, and unreadable folders are skipped. Each
 * walk visits at least one entry, so that consecutive walks reach the end.
 * @returns the last visited entry, if there may be more
 */
export function walkFolder(walk: FolderWalk, visitor: Visitor): readonly string[] | undefined {
  let deadline = Number.POSITIVE_INFINITY;
  let last: readonly string[] | undefined;
  /** @returns whether to stop */
  const visit = (fd: number, path: readonly string[], after: readonly string[]): boolean => {
    const [from, ...further] = after;
    for (const entry of entriesOf(fd)) {
      if (from !== undefined && entry.name < from) continue;
      const { name } = entry;
      const walked = { path: [...path, name], kind: kindOf(fd, entry), folderFd: fd, name };
      if (walk.hidden.some((hidden) => isSame(hidden, walked.path))) continue;
      const isSeen = entry.name === from;
      if (!isSeen) {
        if (performance.now() > deadline) return true;
        if (last === undefined) deadline = performance.now() + walk.limitMs;
        last = walked.path;
        if (visitor.meet(walked)) return true;
      }
      if (walked.kind !== 'directory' || path.length >= maxDepth || !visitor.enters(walked)) continue;
      if (enter(walked, (folderFd) => visit(folderFd, walked.path, isSeen ? further : []))) return true;
    }
    return false;
  };
  return visit(walk.fd, [], walk.after ?? []) ? (last ?? walk.after) : undefined;
}

function entriesOf(fd: number): Dirent[] {
  const entries = readdirSync(pathOfDescriptor(fd), { withFileTypes: true, encoding: 'latin1' });
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function kindOf(folderFd: number, entry: Dirent): WalkedEntry['kind'] {
  const known = isKindKnown(entry)
    ? entry
    : lstatSync(pathAt(folderFd, entry.name), { throwIfNoEntry: false });
  if (known?.isFile()) return 'file';
  if (known?.isDirectory()) return 'directory';
  return known?.isSymbolicLink() ? 'link' : 'other';
}

function enter({ folderFd, name }: WalkedEntry, visit: (fd: number) => boolean): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(pathAt(folderFd, name), folderFlags);
  } catch (error) {
    // Removed or replaced since it was listed, or not readable for this process.
    const codes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM'];
    if (!codes.includes(systemErrorCode(error) ?? '')) throw error;
    return false;
  }
  try {
    return visit(fd);
  } finally {
    closeSync(fd);
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}
