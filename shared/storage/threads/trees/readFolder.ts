import { type Dirent, lstatSync, opendirSync, readdirSync } from 'node:fs';
import { pathAt } from '../../io/descriptors.ts';
import { isKindKnown } from './visits.ts';

/** The names of a folder's entries, one character for each byte. */
export interface FolderNames {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Links, and entries that cannot be staged. */
  readonly others: readonly string[];
}

/** Folders with more entries than this are not read at once. */
const maxEntries = 4096;
/** A folder of up to this size has few entries. Reading it without counting them first costs half. */
const smallFolderBytes = 64 * 1024;

/**
 * Reads an open folder of the source, without the `hidden` entry; undefined when it has more entries than should be
 * held in memory.
 */
export function readFolder(fd: number, folderBytes: number, hidden?: string): FolderNames | undefined {
  const isSmall = folderBytes <= smallFolderBytes;
  const path = pathAt(fd, '');
  const entries = isSmall
    ? readdirSync(path, { withFileTypes: true, encoding: 'latin1' })
    : readUpToMax(path);
  if (!entries) return undefined;
  const files: string[] = [];
  const folders: string[] = [];
  const others: string[] = [];
  for (const entry of entries) {
    if (entry.name === hidden) continue;
    const kind = isKindKnown(entry) ? entry : lstatSync(pathAt(fd, entry.name));
    const names = kind.isFile() ? files : kind.isDirectory() ? folders : others;
    names.push(entry.name);
  }
  return { files, folders, others };
}

function readUpToMax(path: string | Buffer): Dirent[] | undefined {
  const entries: Dirent[] = [];
  const folder = opendirSync(String(path), { encoding: 'latin1', bufferSize: 1024 });
  try {
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) {
      if (entries.push(entry) > maxEntries) return undefined;
    }
    return entries;
  } finally {
    folder.closeSync();
  }
}
