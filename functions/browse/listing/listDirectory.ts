import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import * as z from 'zod';
import type { ErrorCode } from '../../../shared/errors/errorTable.ts';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { DirectoryFormat, DirectoryPage } from '../../../shared/http/contract/answers/files.ts';
import { invalidRequest } from '../../../shared/http/validation.ts';
import {
  bytesOf,
  displayName,
  type FileName,
  fileNameFromLatin1,
  workspaceName,
} from '../../../shared/model/fileName.ts';
import { calendarTime } from '../../../shared/model/isoTime.ts';
import type { StoragePath } from '../../../shared/model/paths.ts';
import { sourceError } from '../../../shared/storage/io/storageErrors.ts';
import { type OpenDirectory, pathIn } from '../../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import { directoryFormat, formatOfEntry } from '../directoryFormat.ts';

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
  await using directory = await openFolder(storage, path);
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
    next_cursor:
      names.length > shown.length && last !== undefined ? bytesOf(last).toString('base64url') : null,
  };
}

/** Opens a folder. @throws like `SourceStorage.open`, SOURCE_KIND_UNSUPPORTED for a file */
export async function openFolder(storage: SourceStorage, path: StoragePath): Promise<OpenDirectory> {
  const source = await storage.open(path);
  if (source.kind === 'directory') return source;
  await source[Symbol.asyncDispose]();
  throw new StagingError('SOURCE_KIND_UNSUPPORTED', { path: path.given, kind: 'file, which has no entries' });
}

/** An entry of an open directory; undefined if it has been removed. */
export async function describeEntry(
  storage: SourceStorage,
  directory: OpenDirectory,
  name: FileName,
): Promise<Entry | undefined> {
  try {
    const stat = await lstat(pathIn(directory, name), { bigint: true });
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
    if (stat.isSymbolicLink()) return await describeLink(storage, directory, name);
    return withFormat(entryOf(name, kind, stat), () => formatOfEntry(directory, name));
  } catch (thrown) {
    const error = sourceError(thrown, displayName(name));
    if (error.code === 'SOURCE_NOT_FOUND') return undefined;
    return unstageable(name, error);
  }
}

/** A link is shown as what it leads to, or, if it leads out of the storage, as an entry that cannot be staged. */
async function describeLink(
  storage: SourceStorage,
  directory: OpenDirectory,
  name: FileName,
): Promise<Entry> {
  try {
    await using entry = await storage.openEntry(directory, name);
    return await withFormat(entryOf(name, entry.kind, entry.stat), async () =>
      entry.kind === 'directory' ? directoryFormat(entry) : undefined,
    );
  } catch (thrown) {
    return unstageable(name, sourceError(thrown, displayName(name)));
  }
}

/** Some folders are one item for astronomers. */
async function withFormat(
  entry: Entry,
  findFormat: () => Promise<DirectoryFormat | undefined>,
): Promise<Entry> {
  const format = entry.kind === 'directory' ? await findFormat() : undefined;
  return format === undefined ? entry : { ...entry, format };
}

/** Errors of a path itself, rather than of the storage. */
export const faultsOfPaths: readonly ErrorCode[] = [
  'SOURCE_NOT_FOUND',
  'SOURCE_UNREADABLE',
  'SOURCE_KIND_UNSUPPORTED',
  'SOURCE_LINK_LOOP',
  // Such as a link into the data of a project.
  'SOURCE_FORBIDDEN',
  'PATH_OUTSIDE_STORAGE',
];

/** An entry that exists but cannot be staged. @throws the error, if it does not concern only the entry */
function unstageable(name: FileName, error: StagingError): Entry {
  if (error.code !== 'STORAGE_FAILED' && !faultsOfPaths.includes(error.code)) throw error;
  return { name: displayName(name), kind: 'other', size_bytes: null, modified_at: null };
}

function entryOf(name: FileName, kind: Entry['kind'], { size, mtimeNs }: BigIntStats): Entry {
  return {
    name: displayName(name),
    kind,
    size_bytes: kind === 'file' ? Number(size) : null,
    modified_at: calendarTime(mtimeNs)?.toISOString() ?? null,
  };
}

function nameOfCursor(cursor: string): string {
  if (z.base64url().safeParse(cursor).success) return Buffer.from(cursor, 'base64url').toString('latin1');
  throw invalidRequest([{ path: 'query.cursor', message: 'is not a cursor of this listing' }]);
}
