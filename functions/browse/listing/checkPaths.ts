import { readdir } from 'node:fs/promises';
import pLimit from 'p-limit';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { CheckedPath } from '../../../shared/http/contract/answers/files.ts';
import { displayName, workspaceName } from '../../../shared/model/fileName.ts';
import type { StoragePath } from '../../../shared/model/paths.ts';
import { isDid, isPrefix, isS3Location, type SourcePath } from '../../../shared/model/sourcePath.ts';
import { pathIn } from '../../../shared/storage/mounted/openAt.ts';
import type { SourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import type { ObjectBrowser } from '../../../shared/storage/objects/objectBrowser.ts';
import { directoryFormat } from '../directoryFormat.ts';
import { isGlob } from '../threads/globPattern.ts';
import { faultsOfPaths } from './listDirectory.ts';

/** The dependencies for checking paths. */
export interface CheckingMeans {
  /** Parses a path, and checks that the caller may stage it. */
  parse(path: string): SourcePath;
  readonly storage: SourceStorage;
  readonly objects: ObjectBrowser;
  /** The matches of a pattern for mounted paths. */
  expand(pattern: string): Promise<{ readonly paths: readonly string[]; readonly isComplete: boolean }>;
  readonly signal: AbortSignal;
}

/** How many paths are checked concurrently. */
const atOnce = 8;
/** For how many wrong paths a similar one is searched: with more, the problem is a different one. */
const maxNearest = 20;

/**
 * Checks each path by itself: an error of one is reported for that one. Names in the catalogue are only parsed, because
 * finding their replicas takes long.
 */
export async function checkPaths(paths: readonly string[], means: CheckingMeans): Promise<CheckedPath[]> {
  const limited = pLimit(atOnce);
  let sought = 0;
  const mayBeSought = () => {
    sought += 1;
    return sought <= maxNearest;
  };
  return Promise.all(paths.map((path) => limited(() => checkPath(path, means, mayBeSought))));
}

async function checkPath(
  path: string,
  means: CheckingMeans,
  mayBeSought: () => boolean,
): Promise<CheckedPath> {
  means.signal.throwIfAborted();
  const checked = { path, kind: null, size_bytes: null, code: null, reason: null, nearest: null };
  try {
    return { ...checked, ...(await lookAt(path, means)) };
  } catch (error) {
    means.signal.throwIfAborted();
    if (!(error instanceof StagingError)) throw error;
    const isMissing = error.code === 'SOURCE_NOT_FOUND';
    const nearest = isMissing && mayBeSought() ? await findNearest(path, means) : undefined;
    return { ...checked, code: error.code, reason: error.message, nearest: nearest ?? null };
  }
}

/**
 * A name may contain the characters of a pattern, so it is a pattern only if nothing has this name. @throws
 * StagingError
 */
async function lookAt(path: string, means: CheckingMeans): Promise<Partial<CheckedPath>> {
  try {
    return await lookAtOne(path, means);
  } catch (error) {
    if (!(error instanceof StagingError && error.code === 'SOURCE_NOT_FOUND' && isPattern(path))) throw error;
    const { paths, isComplete } = await means.expand(path);
    if (paths.length === 0) throw error;
    return { kind: 'pattern', matches: [...paths], complete: isComplete };
  }
}

/** @throws StagingError why it cannot be staged */
async function lookAtOne(path: string, means: CheckingMeans): Promise<Partial<CheckedPath>> {
  const { storage, objects, signal } = means;
  const source = means.parse(path);
  if (isDid(source)) return { kind: 'did' };
  if (isS3Location(source) && isPrefix(source)) {
    await objects.list(source, { limit: 1 }, signal);
    return { kind: 'directory' };
  }
  // Loaded on demand, because most requests list a folder.
  const { openMounted } = await import('../../../shared/storage/mounted/mountedSource.ts');
  await using opened = isS3Location(source)
    ? await objects.open(source, signal)
    : await openMounted(source, storage);
  if (opened.kind === 'file') return { kind: 'file', size_bytes: opened.sizeBytes };
  const format = opened.mounted && (await directoryFormat(opened.mounted));
  return { kind: 'directory', ...(format && { format }) };
}

/** Patterns are for mounted paths: keys of objects may have any characters. */
function isPattern(path: string): boolean {
  return isGlob(path) && !/^(s3|rucio):/.test(path);
}

async function findNearest(path: string, { parse, storage }: CheckingMeans): Promise<string | undefined> {
  if (isPattern(path)) return undefined;
  const source = parse(path);
  return isDid(source) || isS3Location(source) ? undefined : nearestPath(storage, source);
}

/** Larger folders are not searched for a name. */
const maxNames = 5000;

/** An existing path that differs in one name, by a few letters; undefined if there is none. */
async function nearestPath(storage: SourceStorage, path: StoragePath): Promise<string | undefined> {
  for (let length = path.names.length - 1; length >= 0; length -= 1) {
    const names = await namesIn(storage, { ...path, names: path.names.slice(0, length) });
    if (!names) continue;
    const wanted = displayName(path.names[length] ?? '');
    const nearest = nearestName(wanted, names);
    if (nearest === undefined) return undefined;
    const all = path.names.map(displayName);
    return [...all.slice(0, length), nearest, ...all.slice(length + 1)].join('/');
  }
  return undefined;
}

/** The names in a folder; undefined if there is no such folder. */
async function namesIn(storage: SourceStorage, path: StoragePath): Promise<string[] | undefined> {
  try {
    await using folder = await storage.open(path);
    if (folder.kind !== 'directory') return undefined;
    const names = await readdir(pathIn(folder), 'latin1');
    const shown = names.filter((name) => folder.location.length > 0 || name !== workspaceName);
    return shown.length > maxNames ? [] : shown.map(displayName);
  } catch (error) {
    if (error instanceof StagingError && faultsOfPaths.includes(error.code)) return undefined;
    throw error;
  }
}

/** The name with the smallest distance, if that is no more than a third of its letters. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > most) continue;
    const distance = distanceOf(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= most && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
      nearest = { name, distance };
    }
  }
  return nearest?.name;
}

/** The number of inserted, omitted or replaced letters between two texts (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let line = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (line[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (line[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    line = next;
  }
  return line.at(-1) ?? 0;
}
