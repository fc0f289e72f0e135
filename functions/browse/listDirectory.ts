import { lstat, readdir } from 'node:fs/promises';
import * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { DirectoryPage } from '../../shared/http/contract/files.ts';
import { invalidRequest } from '../../shared/http/validation.ts';
import {
  displayName,
  type FileName,
  fileNameFromLatin1,
  workspaceName,
} from '../../shared/model/fileName.ts';
import type { StoragePath } from '../../shared/model/paths.ts';
import { type OpenDirectory, pathIn } from '../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';

type Entry = DirectoryPage['entries'][number];

/**
 * One page of a directory, by name. Only the entries of the page are examined, so that a directory of 100,000 entries
 * is listed quickly.
 * @throws SOURCE_NOT_FOUND, PATH_OUTSIDE_STORAGE, SOURCE_KIND_UNSUPPORTED for a file
 */
export async function listDirectory(
  storage: SourceStorage,
  path: StoragePath,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<DirectoryPage> {
  await using directory = await storage.open(path);
  if (directory.kind === 'file') {
    throw new StagingError('SOURCE_KIND_UNSUPPORTED', {
      path: path.given,
      kind: 'file, which has no entries',
    });
  }
  const isRoot = directory.location.length === 0;
  const after = page.cursor === undefined ? '' : nameOfCursor(page.cursor);
  const isShown = (name: string) => name > after && !(isRoot && name === workspaceName);
  const names = (await readdir(pathIn(directory), 'latin1')).filter(isShown).sort();
  const shown = names.slice(0, page.limit).map((name) => fileNameFromLatin1(name));
  const last = shown.at(-1);
  const entries = await Promise.all(shown.map((name) => describeEntry(storage, directory, name)));
  return {
    path: displayName(path.names.join('/')),
    entries: entries.filter((entry) => entry !== undefined),
    next_cursor: names.length > shown.length && last !== undefined ? cursorOf(last) : null,
  };
}

/** Undefined if the entry has been removed. */
async function describeEntry(
  storage: SourceStorage,
  directory: OpenDirectory,
  name: FileName,
): Promise<Entry | undefined> {
  try {
    const stat = await lstat(pathIn(directory, name));
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
    if (stat.isSymbolicLink()) return await describeLink(storage, directory, name);
    return entryOf(name, kind, stat.size, stat.mtime);
  } catch {
    return undefined;
  }
}

/** A link is shown as what it leads to, and as something that cannot be staged if it leads out of the storage. */
async function describeLink(
  storage: SourceStorage,
  directory: OpenDirectory,
  name: FileName,
): Promise<Entry> {
  try {
    await using entry = await storage.openEntry(directory, name);
    return entryOf(name, entry.kind, Number(entry.stat.size), new Date(Number(entry.stat.mtimeMs)));
  } catch {
    return { name: displayName(name), kind: 'other', size_bytes: null, modified_at: null };
  }
}

function entryOf(name: FileName, kind: Entry['kind'], size: number, modifiedAt: Date): Entry {
  return {
    name: displayName(name),
    kind,
    size_bytes: kind === 'file' ? size : null,
    modified_at: modifiedAt.toISOString(),
  };
}

function cursorOf(name: FileName): string {
  return Buffer.from(name, 'latin1').toString('base64url');
}

function nameOfCursor(cursor: string): string {
  if (z.base64url().safeParse(cursor).success) return Buffer.from(cursor, 'base64url').toString('latin1');
  throw invalidRequest([{ path: 'query.cursor', message: 'is not a cursor of this listing' }]);
}
