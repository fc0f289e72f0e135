import type * as z from 'zod';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { folderSizeSchema, SearchPage } from '../../../shared/http/contract/answers/files.ts';
import type { searchQuerySchema } from '../../../shared/http/contract/files.ts';
import { invalidRequest } from '../../../shared/http/validation.ts';
import { isWithin, type SourcePrefix } from '../../../shared/model/caller.ts';
import { displayName, fileNameFromLatin1, workspaceName } from '../../../shared/model/fileName.ts';
import type { StoragePath } from '../../../shared/model/paths.ts';
import type { OpenDirectory } from '../../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import { isGlob } from '../threads/globPattern.ts';
import type { PreviewThreads } from '../threads/previewThreads.ts';
import { describeEntry, faultsOfPaths, openFolder } from './listDirectory.ts';

/** The dependencies for searching and measuring folders. */
export interface FolderMeans {
  readonly storage: SourceStorage;
  readonly threads: PreviewThreads;
  /** Folders that the caller may not read. */
  readonly closed: readonly SourcePrefix[];
  readonly signal: AbortSignal;
}

/** How long counting may take, in ms: enough for some hundred thousand files. */
const countingMs = 10_000;
/** How long one page of a search may take, in ms. */
const searchingMs = 1500;

/** Counts the contents of a folder and its subfolders, without following links. @throws like `SourceStorage.open` */
export async function measureBeneath(
  path: StoragePath,
  { storage, threads, closed, signal }: FolderMeans,
): Promise<z.output<typeof folderSizeSchema>> {
  await using folder = await openFolder(storage, path);
  const task = { fd: folder.handle.fd, hidden: hiddenIn(folder, closed), limitMs: countingMs };
  const { bytes, files, folders, links, isComplete } = await threads.run('measureFolder', task, signal);
  return { size_bytes: bytes, files, folders, links, complete: isComplete };
}

/** One page of search results beneath a folder. @throws like `SourceStorage.open`, BODY_INVALID */
export async function searchBeneath(
  path: StoragePath,
  { text, glob, cursor, limit }: Omit<z.output<typeof searchQuerySchema>, 'path'>,
  { storage, threads, closed, signal }: FolderMeans,
): Promise<SearchPage> {
  await using folder = await openFolder(storage, path);
  const task = {
    fd: folder.handle.fd,
    hidden: hiddenIn(folder, closed),
    wanted: wantedOf(text, glob),
    after: cursor === undefined ? undefined : pathOfCursor(cursor),
    limit,
    limitMs: searchingMs,
  };
  const { found, examined, stoppedAt } = await threads.run('searchFolder', task, signal);
  const entries = await Promise.all(found.map(({ path: names }) => describeFound(storage, path, names)));
  return {
    path: displayName(path.names.join('/')),
    entries: entries.filter((entry) => entry !== undefined),
    examined,
    next_cursor: stoppedAt ? Buffer.from(stoppedAt.join('/'), 'latin1').toString('base64url') : null,
  };
}

function wantedOf(text: string | undefined, glob: string | undefined) {
  if (text !== undefined && glob === undefined) return { text };
  if (glob !== undefined && text === undefined) return { glob };
  throw invalidRequest([{ path: 'query.text', message: 'either text or glob must be given' }]);
}

/** A search result as an entry of the searched folder; undefined if it has been removed since. */
async function describeFound(storage: SourceStorage, path: StoragePath, found: readonly string[]) {
  const names = found.map(fileNameFromLatin1);
  const name = names.at(-1);
  const parent = { given: path.given, names: [...path.names, ...names.slice(0, -1)] };
  try {
    await using folder = await openFolder(storage, parent);
    const entry = name && (await describeEntry(storage, folder, name));
    return entry ? { ...entry, name: displayName(names.join('/')) } : undefined;
  } catch (error) {
    if (error instanceof StagingError && faultsOfPaths.includes(error.code)) return undefined;
    throw error;
  }
}

/** The entries to skip in this folder: those that the caller may not read, and the service's own. */
function hiddenIn({ location }: OpenDirectory, closed: readonly SourcePrefix[]): (readonly string[])[] {
  const own: readonly SourcePrefix[] = [[workspaceName], ...closed];
  return own
    .filter((prefix) => isWithin(prefix, location) && prefix.length > location.length)
    .map((prefix) => prefix.slice(location.length));
}

function pathOfCursor(cursor: string): readonly string[] {
  const path = Buffer.from(cursor, 'base64url').toString('latin1');
  if (path !== '' && !path.split('/').includes('')) return path.split('/');
  throw invalidRequest([{ path: 'query.cursor', message: 'is not a cursor of this search' }]);
}

/** More matches than this are too many to choose from. */
const maxMatches = 1000;
/** How many pages of a search are read, each of which takes a second or two at most. */
const maxPages = 5;

/** The paths that match a pattern, up to a number and for a time: searched beneath its folders without wildcards. */
export async function expandPattern(
  pattern: string,
  parse: (path: string) => StoragePath,
  means: FolderMeans,
): Promise<{ readonly paths: readonly string[]; readonly isComplete: boolean }> {
  const names = pattern.split('/');
  const first = names.findIndex(isGlob);
  const base = names.slice(0, first).join('/');
  const glob = names.slice(first).join('/');
  const prefix = first === 0 ? '' : `${base}/`;
  // Of an absolute pattern for the root, nothing is left.
  const folder = parse(base === '' && first > 0 ? '/' : base);
  const paths: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const found = await searchBeneath(folder, { glob, cursor, limit: maxMatches - paths.length }, means);
    paths.push(...found.entries.filter(({ kind }) => kind !== 'other').map(({ name }) => prefix + name));
    cursor = found.next_cursor ?? undefined;
    if (cursor === undefined || paths.length >= maxMatches) break;
  }
  return { paths, isComplete: cursor === undefined };
}
