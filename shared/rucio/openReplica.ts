import { StagingError } from '../errors/stagingError.ts';
import type { Project } from '../model/caller.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import { invalidPath, type StoragePath } from '../model/paths.ts';
import { isS3Location, namesOfSource, parseSource, type S3Location } from '../model/sourcePath.ts';
import type { Catalogued } from '../storage/catalogue.ts';
import { openMounted } from '../storage/mounted/mountedSource.ts';
import type { SourceStorage } from '../storage/mounted/sourceStorage.ts';
import type { ObjectStorage } from '../storage/objects/objectStorage.ts';
import type { FileSource, Source } from '../storage/source.ts';
import { didName } from './dids.ts';
import type { LocatedFile } from './replicas.ts';

/** The dependencies for opening replicas. */
export interface ReplicaStorages {
  readonly pfnMap: PfnMap;
  readonly sourceStorage: SourceStorage;
  /** Undefined for a method that does not support objects. */
  readonly objectStorage?: Pick<ObjectStorage, 'open'> | undefined;
  /** Sources that can be staged by their paths only, because only those are checked against the caller. */
  readonly projects: readonly Project[];
  /** Notified of replicas that differ from the catalogue. Never rejects. */
  report(pfn: string, reason: string): Promise<void>;
}

/** The location of a replica. */
interface Place {
  readonly pfn: string;
  readonly path: StoragePath | S3Location;
}

/**
 * Opens the best replica of a file that is in a location of this service. Its size is compared now, and its digests
 * when its bytes have been read.
 * @throws REPLICA_UNMAPPED, REPLICA_DIFFERS, SOURCE_FORBIDDEN, SOURCE_NOT_MOUNTED; errors of its storage
 */
export async function openReplica(
  file: LocatedFile,
  storages: ReplicaStorages,
  signal: AbortSignal,
): Promise<FileSource> {
  const place = findPlace(file, storages.pfnMap);
  checkOpen(file, place, storages.projects);
  const source = await openPlace(file, place, storages, signal);
  if (source.kind === 'tree') {
    await source[Symbol.asyncDispose]();
    throw unmapped(file, place.pfn, 'a folder is there');
  }
  try {
    const compare = createComparison(file, place.pfn, storages);
    await compare('size in bytes', file.bytes, source.sizeBytes);
    return { ...source, catalogued: cataloguedAs(file, place, compare) };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

function openPlace(
  file: LocatedFile,
  { path }: Place,
  { sourceStorage, objectStorage }: ReplicaStorages,
  signal: AbortSignal,
): Promise<Source> {
  if (!isS3Location(path)) return openMounted(path, sourceStorage);
  if (objectStorage) return objectStorage.open(path, signal);
  throw new StagingError('SOURCE_NOT_MOUNTED', { method: 'symlink_copy', path: didName(file) });
}

/**
 * The first replica whose address is mapped. An address that leads out of its location is refused, even if there are
 * other replicas.
 */
function findPlace(file: LocatedFile, pfnMap: PfnMap): Place {
  for (const pfn of file.pfns) {
    const path = pfnMap.find(pfn);
    if (path) return { pfn, path };
  }
  throw unmapped(file, file.pfns[0] ?? 'no address', 'RUCIO_PFN_MAP has no prefix of it');
}

/**
 * The requester of a running operation is not known here, and a name does not show where it leads. @throws
 * SOURCE_FORBIDDEN
 */
function checkOpen(file: LocatedFile, { path }: Place, projects: readonly Project[]): void {
  const names = namesOfSource(path);
  for (const { group, sources } of projects) {
    const isClosed = sources.some((prefix) => prefix.every((name, index) => names[index] === name));
    if (!isClosed) continue;
    const reason = `it lies in the sources of the project ${group}, which are staged by their paths`;
    throw new StagingError('SOURCE_FORBIDDEN', { path: didName(file), reason });
  }
}

function cataloguedAs(file: LocatedFile, { path }: Place, compare: Compare): Catalogued {
  // Rucio's own Adler-32 may lack leading zeros.
  const adler32 = file.adler32?.toLowerCase().padStart(8, '0');
  const expected = { adler32, md5: file.md5?.toLowerCase() };
  const known: readonly (keyof typeof expected & DigestAlgorithm)[] = ['adler32', 'md5'];
  return {
    location: path.given,
    algorithms: known.filter((algorithm) => expected[algorithm] !== undefined),
    async prove(digests) {
      for (const algorithm of known) await compare(algorithm, expected[algorithm], digests[algorithm]);
    },
  };
}

/** Compares a property of a replica with the catalogue, if it is known there. @throws REPLICA_DIFFERS */
type Compare = (
  property: string,
  expected: string | number | null | undefined,
  actual: string | number | undefined,
) => Promise<void>;

function createComparison(file: LocatedFile, pfn: string, { report }: ReplicaStorages): Compare {
  return async (algorithm, expected, actual) => {
    if (expected === undefined || expected === null || actual === expected) return;
    const error = new StagingError('REPLICA_DIFFERS', {
      did: didName(file),
      algorithm,
      actual: actual ?? 'unknown',
      expected,
    });
    await report(pfn, error.message);
    throw error;
  };
}

function unmapped(file: LocatedFile, pfn: string, reason: string): StagingError {
  return new StagingError('REPLICA_UNMAPPED', { did: didName(file), pfn: JSON.stringify(pfn), reason });
}

/** Where the replicas of this site are mounted. */
interface PfnMap {
  /**
   * The location of a replica by its address; undefined if no prefix matches.
   * @throws PATH_INVALID, PATH_OUTSIDE_STORAGE, BUCKET_NOT_OFFERED when it leads out of the storage
   */
  find(pfn: string): StoragePath | S3Location | undefined;
}

/** The configured locations. */
type Places = Parameters<typeof parseSource>[1];

/**
 * Maps addresses by the longest matching prefix of whole path components: `davs://host/data` matches
 * `davs://host/data/a`, but not `davs://host/database/a`. The rest is used unchanged, without decoding, and must not
 * climb.
 */
export function createPfnMap(
  map: Readonly<Record<string, string>>,
  { sourceStoragePath, s3 }: Places,
): PfnMap {
  const prefixes = Object.entries(map).sort(([one], [other]) => other.length - one.length);
  return {
    find(pfn) {
      const found = prefixes.find(([prefix]) => pfn === prefix || pfn.startsWith(`${prefix}/`));
      if (!found) return undefined;
      const [prefix, place] = found;
      const names = pfn
        .slice(prefix.length)
        .split('/')
        .filter((name) => name !== '');
      if (names.some((name) => name === '.' || name === '..')) {
        throw invalidPath(pfn, 'it contains the name "." or ".."');
      }
      const path = [place.replace(/\/+$/, ''), ...names].filter((part) => part !== '').join('/');
      const source = parseSource(path, { sourceStoragePath, s3 });
      if ('scope' in source) throw invalidPath(pfn, 'RUCIO_PFN_MAP leads back to Rucio');
      return source;
    },
  };
}
