import { lstatSync } from 'node:fs';
import { displayName } from '../../../shared/model/fileName.ts';
import { pathAt } from '../../../shared/storage/io/descriptors.ts';
import { globPattern } from './globPattern.ts';
import { type FolderWalk, type WalkedEntry, walkFolder } from './walkFolder.ts';

// The tasks of the threads in `previewThreads.ts`, never run in the main one.

export { drawPicture } from './drawPicture.ts';

/** Counts the contents of a folder and its subfolders, for a limited time. Links are not followed. */
export function measureFolder(walk: FolderWalk) {
  const size = { bytes: 0, files: 0, folders: 0, links: 0 };
  const stoppedAt = walkFolder(walk, {
    meet({ kind, folderFd, name }) {
      if (kind === 'directory') size.folders += 1;
      if (kind === 'link') size.links += 1;
      if (kind !== 'file') return false;
      size.files += 1;
      size.bytes += lstatSync(pathAt(folderFd, name), { throwIfNoEntry: false })?.size ?? 0;
      return false;
    },
    enters: () => true,
  });
  return { ...size, isComplete: stoppedAt === undefined };
}

/** What to search for. */
interface FolderSearch extends FolderWalk {
  /** Part of a name, in any case; or a pattern for the path relative to the folder. */
  readonly wanted: { readonly text: string } | { readonly glob: string };
  /** The maximum number of results. */
  readonly limit: number;
}

/** One page of results. */
interface FoundPage {
  /** Paths relative to the folder, and their entries. */
  readonly found: readonly { readonly path: readonly string[]; readonly kind: WalkedEntry['kind'] }[];
  readonly examined: number;
  /** The position to continue from; undefined at the end. */
  readonly stoppedAt: readonly string[] | undefined;
}

/** Searches a folder and its subfolders, for a limited time. The inside of casacore tables is not searched. */
export function searchFolder({ wanted, limit, ...walk }: FolderSearch): FoundPage {
  const { isWanted, mayBeBeneath } = 'glob' in wanted ? byPattern(wanted.glob) : byName(wanted.text);
  const found: { path: readonly string[]; kind: WalkedEntry['kind'] }[] = [];
  let examined = 0;
  const stoppedAt = walkFolder(walk, {
    meet(entry) {
      examined += 1;
      if (isWanted(entry)) found.push({ path: entry.path, kind: entry.kind });
      return found.length >= limit;
    },
    enters: (entry) => mayBeBeneath(entry) && !isTable(entry),
  });
  return { found, examined, stoppedAt };
}

function byName(text: string) {
  const part = text.toLowerCase();
  return {
    isWanted: ({ name }: WalkedEntry) => displayName(name).toLowerCase().includes(part),
    mayBeBeneath: () => true,
  };
}

function byPattern(text: string) {
  const pattern = globPattern(text);
  const names = ({ path }: WalkedEntry) => path.map(displayName);
  return {
    isWanted: (entry: WalkedEntry) => pattern.matches(names(entry)),
    mayBeBeneath: (entry: WalkedEntry) => pattern.mayBeBeneath(names(entry)),
  };
}

function isTable({ folderFd, name }: WalkedEntry): boolean {
  return lstatSync(pathAt(folderFd, `${name}/table.info`), { throwIfNoEntry: false })?.isFile() ?? false;
}
