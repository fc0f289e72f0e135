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

/** The allowed sources: the mounted storage, and the offered buckets. */
export interface SourcePlaces {
  readonly sourceStoragePath: string;
  readonly s3: { readonly sourceBuckets: readonly string[] };
}

/** Where data is staged from: mounted storage or an object store. */
export type SourcePath = StoragePath | S3Location;

/** Whether a path leads to an object store. */
export function isS3Location(path: SourcePath): path is S3Location {
  return 'bucket' in path;
}

/**
 * Parses the source of a request: `s3://…`, or a path beneath the source storage.
 * @throws StagingError PATH_INVALID, PATH_OUTSIDE_STORAGE, BUCKET_NOT_OFFERED
 */
export function parseSource(given: string, { sourceStoragePath, s3 }: SourcePlaces): SourcePath {
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

/** Whether a location means all objects beneath a prefix. */
export function isPrefix({ key }: S3Location): boolean {
  return key === '' || key.endsWith('/');
}

/** The names that lead to a source, from the root of the source storage or, after its name, of a bucket. */
export function namesOfSource(path: SourcePath): readonly string[] {
  if (!isS3Location(path)) return path.names;
  return [`s3://${path.bucket}`, ...path.key.split('/').filter((name) => name !== '')];
}
