import type { Dirent } from 'node:fs';

/**
 * A folder of a source tree, and the corresponding one at the target: descriptors, which all threads of the process
 * share.
 */
export interface VisitedFolder {
  readonly sourceFd: number;
  /** Undefined if there is none. */
  readonly targetFd: number | undefined;
  /** From the top of the tree, for messages. */
  readonly path: string;
  /** The modification time of the source's folder at its opening. */
  readonly modifiedAtMs: number;
}

/** The remaining work in a folder. Names are joined by `joinNames`. */
export interface FolderEntries {
  readonly files: string;
  readonly folders: string;
  /** Links, which only the main thread follows, and entries that cannot be staged. */
  readonly others: string;
  /** Set when it has too many entries to read at once: the main thread reads and distributes them. */
  readonly isTooLarge: boolean;
}

/** A folder that the caller holds open itself; the thread opens it, and its counterpart at the target, again. */
export interface FolderToEnter {
  readonly sourceFd: number;
  /** The corresponding folder, or the one in which it is to be created; undefined if there is none. */
  readonly target:
    | { readonly fd: number }
    | { readonly folder: VisitedFolder; readonly name: string }
    | undefined;
  readonly path: string;
  /** An entry that is skipped. */
  readonly hidden?: string | undefined;
}

/** Some entries of an open folder, with everything beneath them. */
export interface EntriesToVisit {
  readonly folder: VisitedFolder;
  readonly entries: Pick<FolderEntries, 'files' | 'folders'>;
}

/** A thread's task. */
export interface VisitTask {
  readonly visit?: EntriesToVisit | { readonly enter: FolderToEnter };
  /** Completed folders: they are ended and closed, even if another one fails. */
  readonly done: readonly VisitedFolder[];
  /** Folders that are only closed, because the walk has failed. */
  readonly givenUp?: readonly VisitedFolder[];
}

/** The remaining work of a visit after its time slice. */
export interface VisitRest {
  /** In the folder whose entries it was given. */
  readonly rest: FolderEntries | undefined;
  /** Folders that it has entered, which are open and now belong to the receiver. */
  readonly open: readonly { readonly folder: VisitedFolder; readonly rest: FolderEntries }[];
}

/** The code of an IoError: a hard link would let its owner write to the source. */
export const isWritable = 'WRITABLE';

/** The modes that files had before their write bits were removed, by their paths. */
export type FormerModes = Readonly<Record<string, number>>;

/** The path of an entry from the top of the tree. */
export function pathOf({ path }: VisitedFolder, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** Some file systems do not report the kind with the name. */
export function isKindKnown(entry: Dirent): boolean {
  return (
    entry.isFile() || entry.isDirectory() || entry.isSymbolicLink() || entry.isFIFO() || entry.isSocket()
  );
}
