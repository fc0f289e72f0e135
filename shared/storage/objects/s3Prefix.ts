import { createHash } from 'node:crypto';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { StagingError } from '../../errors/stagingError.ts';
import { type FileName, fileName, maxNameBytes } from '../../model/fileName.ts';
import { listedKey, s3Path } from './objectRequests.ts';
import { s3Error } from './s3Errors.ts';
import { pinObject, type S3Object } from './s3Object.ts';

/** All objects beneath a prefix, staged as a directory. */
export interface S3Prefix extends AsyncDisposable {
  readonly kind: 'prefix';
  readonly bucket: string;
  readonly key: string;
  /** The size, and a fingerprint of the versions of all objects. */
  measure(signal: AbortSignal): Promise<PrefixMeasure>;
  /** The objects as files in folders, in the order of their keys, one page of the listing at a time. */
  walk(signal: AbortSignal): AsyncGenerator<PrefixEvent, void, void>;
}

/** The size of everything beneath a prefix, and its versions. */
interface PrefixMeasure {
  readonly bytes: number;
  readonly files: number;
  readonly fingerprint: string;
}

/** The events of a walk. `path` contains the names relative to the prefix. */
type PrefixEvent =
  | { readonly kind: 'enter'; readonly path: readonly FileName[] }
  | { readonly kind: 'leave'; readonly path: readonly FileName[] }
  | { readonly kind: 'object'; readonly path: readonly FileName[]; readonly object: S3Object };

/** Opens a prefix. @throws SOURCE_NOT_FOUND if no object has it, SOURCE_UNREADABLE, OBJECT_STORE_… */
export async function openPrefix(
  client: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  signal: AbortSignal,
): Promise<S3Prefix> {
  const list = (abort: AbortSignal) => listObjects(client, bucket, key, abort);
  const objects = list(signal);
  const first = await objects.next();
  await objects.return();
  if (first.done) throw new StagingError('SOURCE_NOT_FOUND', { path: s3Path({ bucket, key }) });
  return {
    kind: 'prefix',
    bucket,
    key,
    measure: (abort) => measure(list(abort)),
    walk: (abort) => walk(list(abort), key),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Every object beneath a prefix, in the order of the keys' bytes, as S3 lists them (API reference, ListObjectsV2). */
async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  abortSignal: AbortSignal,
): AsyncGenerator<S3Object, void, void> {
  try {
    const input = { Bucket: bucket, Prefix: prefix, EncodingType: 'url' } as const;
    let cursor: string | undefined;
    for await (const page of paginateListObjectsV2({ client }, input, { abortSignal })) {
      const { Contents = [], EncodingType: encoding, NextContinuationToken: next } = page;
      if (next !== undefined && next === cursor) throw endlessListing(bucket, prefix);
      cursor = next;
      for (const { Key = '', ETag = '', Size = 0, LastModified = new Date(0) } of Contents) {
        const key = listedKey(Key, bucket, encoding);
        const version = { bucket, key, etag: ETag, sizeBytes: Size, modifiedAt: LastModified };
        yield pinObject(client, version);
      }
    }
  } catch (error) {
    abortSignal.throwIfAborted();
    throw s3Error(error, s3Path({ bucket, key: prefix }));
  }
}

/** Stores have been seen to begin anew when asked to go on. */
function endlessListing(bucket: string, key: string): StagingError {
  const reason = 'a page of the listing that it had sent before';
  return new StagingError('OBJECT_STORE_FAILED', { path: s3Path({ bucket, key }), reason });
}

/** Empty objects whose keys end with a slash stand for folders and are not files. */
async function measure(objects: AsyncIterable<S3Object>): Promise<PrefixMeasure> {
  const total = { bytes: 0, files: 0 };
  const versions = createHash('sha256');
  for await (const { key, etag, sizeBytes } of objects) {
    versions.update(JSON.stringify([key, etag, sizeBytes]));
    if (key.endsWith('/')) continue;
    total.bytes += sizeBytes;
    total.files += 1;
  }
  return { ...total, fingerprint: versions.digest('hex') };
}

/** All keys of a folder are consecutive in a listing, so a folder ends at the first key outside it. */
async function* walk(
  objects: AsyncIterable<S3Object>,
  prefix: string,
): AsyncGenerator<PrefixEvent, void, void> {
  const here: FileName[] = [];
  yield { kind: 'enter', path: [] };
  for await (const object of objects) {
    const names = namesOf(object, prefix);
    const folders = object.key.endsWith('/') ? names : names.slice(0, -1);
    while (!here.every((name, depth) => name === folders[depth])) {
      yield { kind: 'leave', path: [...here] };
      here.pop();
    }
    for (const name of folders.slice(here.length)) {
      here.push(name);
      yield { kind: 'enter', path: [...here] };
    }
    if (folders !== names) yield { kind: 'object', path: names, object };
  }
  for (; here.length > 0; here.pop()) yield { kind: 'leave', path: [...here] };
  yield { kind: 'leave', path: [] };
}

/** The names of the folders and the file of an object. */
function namesOf({ bucket, key, sizeBytes }: S3Object, prefix: string): FileName[] {
  const refuse = (reason: string) => {
    const path = s3Path({ bucket, key });
    return new StagingError('OBJECT_NAME_UNSUPPORTED', { path, reason });
  };
  const relative = key.slice(prefix.length);
  if (relative.endsWith('/') && sizeBytes > 0) throw refuse('its name is that of a folder, but it has bytes');
  const names = relative === '' ? [] : relative.replace(/\/$/, '').split('/');
  for (const name of names) {
    if (name === '' || name === '.' || name === '..') throw refuse(`a name in it is "${name}"`);
    if (name.includes('\0')) throw refuse('it contains a NUL character');
    if (Buffer.byteLength(name) > maxNameBytes)
      throw refuse(`a name in it has more than ${maxNameBytes} bytes`);
  }
  return names.map(fileName);
}
