import { StagingError } from '../errors/stagingError.ts';
import { utf8Length } from './fileName.ts';
import { checkPathText, climbsWhenDecoded, invalidPath, parseSourcePath, type StoragePath } from './paths.ts';

/** The largest number of bytes in the key of an object (Amazon S3 user guide, "Object key naming guidelines"). */
const maxKeyBytes = 1024;

/** An object in an object store, or all objects whose keys start with a prefix, which is empty or ends with a slash. */
export interface S3Location {
  /** The path as it was given, for answers and records. */
  readonly given: string;
  readonly bucket: string;
  readonly key: string;
}

/** A name in the catalogue: a file, a dataset or a container of Rucio, at any location. */
export interface DidLocation {
  /** The name as it was given, for answers and records. */
  readonly given: string;
  readonly scope: string;
  readonly name: string;
  /** The caller's own token for the catalogue, if the catalogue is queried with it. */
  readonly token?: HeldToken | undefined;
}

/** A token that is revealed only for its one use. */
export interface HeldToken {
  reveal(): string;
}

/** The allowed sources: the mounted storage, the offered buckets, and the catalogue's names, if there is one. */
export interface SourcePlaces {
  readonly sourceStoragePath: string;
  readonly s3: { readonly sourceBuckets: readonly string[] };
  readonly rucio?: object | undefined;
}

/** Where data is staged from: mounted storage, an object store, or the location in the catalogue. */
export type SourcePath = StoragePath | S3Location | DidLocation;

/** Whether a path is a data identifier of the catalogue. */
export function isDid(path: SourcePath): path is DidLocation {
  return 'scope' in path;
}

/** Whether a path leads to an object store. */
export function isS3Location(path: SourcePath): path is S3Location {
  return 'bucket' in path;
}

/**
 * Parses the source of a request: `s3://…`, `rucio://scope:name` if there is a Rucio, or a path beneath the source
 * storage.
 * storage.
 * @throws StagingError PATH_INVALID, PATH_OUTSIDE_STORAGE, BUCKET_NOT_OFFERED
 */
export function parseSource(given: string, { sourceStoragePath, s3, rucio }: SourcePlaces): SourcePath {
  if (rucio && given.startsWith('rucio:')) return parseDid(given);
  return given.startsWith('s3://')
    ? parseS3Location(given, s3.sourceBuckets)
    : parseSourcePath(given, sourceStoragePath);
}

/**
 * Parses `s3://bucket/key`, or `s3://bucket/prefix/` for everything beneath it. Keys with the names `.` and `..` in
 * them are refused: a proxy may resolve them, into another bucket.
 * @throws StagingError PATH_INVALID, BUCKET_NOT_OFFERED
 */
function parseS3Location(given: string, buckets: readonly string[]): S3Location {
  checkPathText(given);
  const [bucket = '', ...names] = given.slice('s3://'.length).split('/');
  const key = names.join('/');
  if (names.includes('..') || names.includes('.') || climbsWhenDecoded(key)) {
    throw invalidPath(given, 'it contains the name "." or ".."');
  }
  if (utf8Length(key) > maxKeyBytes) {
    throw invalidPath(given, `its key has more than ${maxKeyBytes} bytes`);
  }
  if (!buckets.includes(bucket))
    throw new StagingError('BUCKET_NOT_OFFERED', { bucket: bucket.slice(0, 63) });
  return { given, bucket, key };
}

/**
 * Parses `rucio://scope:name` or `rucio:scope:name`. The scope ends at the first colon; a name may contain colons and
 * slashes.
 * @throws StagingError PATH_INVALID
 */
function parseDid(given: string): DidLocation {
  checkPathText(given);
  const [, scope, name] = /^rucio:(?:\/\/)?([^:/]+):(.+)$/s.exec(given) ?? [];
  if (scope !== undefined && name !== undefined) return { given, scope, name };
  throw invalidPath(given, 'it is not rucio://scope:name');
}

/** A data identifier as the source of a request. */
export function didPath({ scope, name }: { readonly scope: string; readonly name: string }): string {
  return `rucio://${scope}:${name}`;
}

/** Whether a location means all objects beneath a prefix. */
export function isPrefix({ key }: S3Location): boolean {
  return key === '' || key.endsWith('/');
}

/** The names that lead to a source, from the root of the source storage or, after its name, of a bucket or of Rucio. */
export function namesOfSource(path: SourcePath): readonly string[] {
  if (isDid(path)) return ['rucio:', path.scope, ...path.name.split('/')];
  if (!isS3Location(path)) return path.names;
  return [`s3://${path.bucket}`, ...path.key.split('/').filter((name) => name !== '')];
}
