import pLimit from 'p-limit';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { CheckedPath } from '../../../shared/http/contract/files.ts';
import { isDid, isPrefix, isS3Location, type SourcePath } from '../../../shared/model/sourcePath.ts';
import type { SourceStorage } from '../../../shared/storage/mounted/sourceStorage.ts';
import type { ObjectBrowser } from '../../../shared/storage/objects/objectBrowser.ts';
import { directoryFormat } from '../directoryFormat.ts';
import { isGlob } from '../threads/globPattern.ts';
import { nearestPath } from './nearestPath.ts';

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
