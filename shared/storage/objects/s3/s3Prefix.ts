import { createHash } from 'node:crypto';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { StagingError } from '../../../errors/stagingError.ts';
import { type FileName, fileName, maxNameBytes } from '../../../model/fileName.ts';
import { type FolderStep, folderSteps } from '../../copy/fillTree.ts';
import type { TreeVersion } from '../../entityTag.ts';
import { listedKey, type ObjectName, s3Path } from '../requests/objectRequests.ts';
import { s3Error } from './s3Client.ts';
import { pinObject, type S3Object } from './s3Object.ts';

/** The beginning of keys; with the delimiter at its end it is that of a folder. */
export type Prefix = Omit<ObjectName, 'etag'>;

/** Checks that an object has the prefix. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
export async function checkPrefix(client: S3Client, prefix: Prefix, signal: AbortSignal): Promise<void> {
  const objects = listObjects(client, prefix, signal);
  const first = await objects.next();
  await objects.return();
  if (first.done) throw new StagingError('SOURCE_NOT_FOUND', { path: s3Path(prefix) });
}

/** Every object beneath a prefix, in the order of the keys' bytes, as S3 lists them (API reference, ListObjectsV2). */
async function* listObjects(
  client: S3Client,
  { bucket, key: prefix }: Prefix,
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

/** Some stores start from the beginning when asked to continue. */
function endlessListing(bucket: string, key: string): StagingError {
  const reason = 'a page of the listing that it had already sent';
  return new StagingError('OBJECT_STORE_FAILED', { path: s3Path({ bucket, key }), reason });
}

/** Counts the objects beneath a prefix. Empty ones whose keys end with a slash stand for folders and are no files. */
export async function measurePrefix(
  client: S3Client,
  prefix: Prefix,
  signal: AbortSignal,
): Promise<TreeVersion> {
  const total = { bytes: 0, files: 0 };
  const versions = createHash('sha256');
  for await (const { key, etag, sizeBytes } of listObjects(client, prefix, signal)) {
    versions.update(JSON.stringify([key, etag, sizeBytes]));
    if (key.endsWith('/')) continue;
    total.bytes += sizeBytes;
    total.files += 1;
  }
  return { ...total, fingerprint: versions.digest('hex') };
}

/** The objects beneath a prefix as files in folders, in the order of their keys, one page of the listing at a time. */
export function walkPrefix(
  client: S3Client,
  prefix: Prefix,
  signal: AbortSignal,
): AsyncGenerator<FolderStep<S3Object>, void, void> {
  return folderSteps(placedObjects(client, prefix, signal));
}

/** All keys of a folder are consecutive in a listing. */
async function* placedObjects(client: S3Client, prefix: Prefix, signal: AbortSignal) {
  for await (const object of listObjects(client, prefix, signal)) {
    const names = namesOf(object, prefix.key);
    const name = names.at(-1);
    if (object.key.endsWith('/') || name === undefined) yield { folders: names };
    else yield { folders: names.slice(0, -1), file: { name, value: object } };
  }
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
