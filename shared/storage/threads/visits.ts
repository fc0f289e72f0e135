import type { Dirent } from 'node:fs';

/** A folder of a source tree, and what goes with it at the target: descriptors, which all threads of the process share. */
export interface VisitedFolder {
  readonly sourceFd: number;
  /** Undefined where nothing is made. */
  readonly targetFd: number | undefined;
  /** From the top of the tree, for people. */
  readonly path: string;
  /** When the source's folder was modified last, as it was opened. */
  readonly modifiedAtMs: number;
}

/** What is left to do in a folder. Names are joined by `joinNames`. */
export interface FolderEntries {
  readonly files: string;
  readonly folders: string;
  /** Links, which only the main thread follows, and what cannot be staged. */
  readonly others: string;
  /** Set when it has too many entries to read at once: the main thread reads and distributes them. */
  readonly isTooLarge: boolean;
}

/** A folder that the caller holds open itself; the thread opens it, and its counterpart at the target, again. */
export interface FolderToEnter {
  readonly sourceFd: number;
  /** The folder that goes with it, or the one in which that is to be made; undefined where nothing is made. */
  readonly target:
    | { readonly fd: number }
    | { readonly folder: VisitedFolder; readonly name: string }
    | undefined;
  readonly path: string;
  /** An entry that is passed over. */
  readonly hidden?: string | undefined;
}

/** Some entries of an open folder, with everything beneath them. */
export interface EntriesToVisit {
  readonly folder: VisitedFolder;
  readonly entries: Pick<FolderEntries, 'files' | 'folders'>;
}

/** What a thread is asked to do. */
export interface VisitTask {
  readonly visit?: EntriesToVisit | { readonly enter: FolderToEnter };
  /** Folders in which everything is done: they are ended and closed, also when another one fails. */
  readonly done: readonly VisitedFolder[];
  /** Folders that are closed as they are, since the walk has failed. */
  readonly givenUp?: readonly VisitedFolder[];
}

/** What a visit has left when its turn was over. */
export interface VisitRest {
  /** In the folder whose entries it was given. */
  readonly rest: FolderEntries | undefined;
  /** Folders that it has entered, which are open and from now on the receiver's. */
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
