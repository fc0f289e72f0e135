import { StagingError } from '../errors/stagingError.ts';
import { chunksOf } from '../model/chunks.ts';
import { fileName, maxNameBytes, utf8Length } from '../model/fileName.ts';
import type { Collection, CollectionFile } from '../storage/catalogue.ts';
import { type AskedDid, didName, type KnownDid, type ListedFile } from './dids.ts';
import { filesPerRequest, type LocatedFile } from './replicas.ts';

/** The catalogue's functions that a collection needs. */
export interface CollectionMeans {
  /** Files with their replicas at this site; files without one are omitted or have an empty list. */
  locate(files: readonly ListedFile[], signal: AbortSignal): Promise<readonly LocatedFile[]>;
  open(file: LocatedFile, signal: AbortSignal): ReturnType<CollectionFile['open']>;
  notLocal(file: ListedFile, onTape: readonly string[], signal: AbortSignal): Promise<StagingError>;
}

/**
 * The files of a dataset or container as a directory. The list is kept, so that the data is staged as it was at
 * opening; replicas are located when they are needed, in batches.
 * @throws OBJECT_NAME_UNSUPPORTED when a name is not a valid file name
 */
export function createCollection(
  did: AskedDid & Pick<KnownDid, 'type' | 'open'>,
  listed: readonly ListedFile[],
  means: CollectionMeans,
): Collection {
  const files = sortByPath(did, listed);
  const bytes = listed.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  const openness = did.open ? `open ${did.type.toLowerCase()}` : did.type.toLowerCase();
  return {
    scope: did.scope,
    name: did.name,
    description: `${listed.length} files of the ${openness} as listed at ${new Date().toISOString()}`,
    bytes,
    files: listed.length,
    replicas: (signal) => locateAll(did, files, means, signal),
  };
}

async function* locateAll(
  did: AskedDid,
  listed: readonly ListedFile[],
  means: CollectionMeans,
  signal: AbortSignal,
): AsyncGenerator<CollectionFile, void, void> {
  for (const files of chunksOf(listed, filesPerRequest)) {
    const located = new Map((await means.locate(files, signal)).map((file) => [didName(file), file]));
    for (const file of files) {
      const found = located.get(didName(file));
      if (!found || found.pfns.length === 0) throw await means.notLocal(file, found?.onTape ?? [], signal);
      yield {
        path: pathOf(file, did).split('/').map(fileName),
        did: file,
        open: () => means.open(found, signal),
      };
    }
  }
}

/**
 * The files in the order of their paths, which are recomputed when they are needed: a hundred thousand take much
 * memory. No file may have the path of another, or of its folder.
 */
function sortByPath(did: AskedDid, listed: readonly ListedFile[]): readonly ListedFile[] {
  const placed = listed.map((file) => ({ file, path: pathOf(file, did) }));
  const paths = new Map<string, ListedFile>();
  for (const { file, path } of placed) {
    if (paths.has(path)) throw unsupported(file, `another file would have the same name "${path}"`);
    paths.set(path, file);
  }
  for (const { file, path } of placed) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      if (paths.has(path.slice(0, end))) throw unsupported(file, 'a file has the name of its folder');
    }
  }
  placed.sort((one, other) => (one.path < other.path ? -1 : 1));
  return placed.map(({ file }) => file);
}

/** Its name, without empty components; beneath its scope if that differs from the collection's. */
function pathOf(file: ListedFile, did: AskedDid): string {
  const names = file.name.split('/').filter((name) => name !== '');
  if (names.length === 0) throw unsupported(file, 'it has no name');
  for (const name of names) checkName(file, name);
  return [...(file.scope === did.scope ? [] : [file.scope]), ...names].join('/');
}

function checkName(file: ListedFile, name: string): void {
  if (name === '.' || name === '..') throw unsupported(file, `a name in it is "${name}"`);
  if (name.includes('\0') || !name.isWellFormed()) throw unsupported(file, 'it is not text');
  if (utf8Length(name) > maxNameBytes) {
    throw unsupported(file, `a name in it has more than ${maxNameBytes} bytes`);
  }
}

function unsupported(file: ListedFile, reason: string): StagingError {
  return new StagingError('OBJECT_NAME_UNSUPPORTED', { path: didName(file), reason });
}
