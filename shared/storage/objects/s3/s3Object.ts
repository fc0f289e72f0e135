import type { S3Client } from '@aws-sdk/client-s3';
import { StagingError } from '../../../errors/stagingError.ts';
import type { ReadableFile } from '../../source.ts';
import {
  checksumOf,
  compositeOf,
  type DescribedObject,
  type ObjectChecksum,
  withParts,
} from '../objectChecksum.ts';
import {
  bytesOf,
  getObject,
  headObject,
  type ObjectName,
  partSizes,
  retryRequest,
  s3Path,
} from '../requests/objectRequests.ts';

/** One version of an object, from a listing or a HEAD. */
export interface ObjectVersion extends Required<ObjectName> {
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** A source object, pinned: everything that is read is of this version, or fails with SOURCE_CHANGED. */
export interface S3Object extends ReadableFile, ObjectVersion {
  /** The store's checksum of all its bytes; undefined if it has none. */
  findChecksum(signal: AbortSignal): Promise<ObjectChecksum | undefined>;
  /** All its bytes in one answer, with the store's checksum. */
  readWhole(signal: AbortSignal): Promise<WholeObject>;
}

/** The bytes of an object, and their checksum, if the store has one. */
interface WholeObject {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly checksum: ObjectChecksum | undefined;
}

/** Opens the newest version of an object. @throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, OBJECT_STORE_… */
export async function openObject(
  client: S3Client,
  { bucket, key }: ObjectName,
  signal: AbortSignal,
): Promise<S3Object> {
  const head = await headObject(client, { bucket, key }, signal);
  const version = {
    bucket,
    key,
    etag: head.ETag ?? '',
    sizeBytes: head.ContentLength ?? 0,
    modifiedAt: head.LastModified ?? new Date(0),
  };
  return {
    ...pinObject(client, version),
    findChecksum: (abort) => findChecksum(client, version, head, abort),
  };
}

async function findChecksum(
  client: S3Client,
  version: ObjectVersion,
  described: DescribedObject,
  signal: AbortSignal,
): Promise<ObjectChecksum | undefined> {
  const checksum = checksumOf(described);
  const composite = compositeOf(described);
  if (checksum || !composite) return checksum;
  const sizes = await partSizes(client, version, composite.partCount, signal);
  const isWhole = sizes?.reduce((sum, size) => sum + size, 0) === version.sizeBytes;
  return sizes && isWhole ? withParts(composite, sizes) : undefined;
}

/** A version of an object from a listing, as a source. */
export function pinObject(client: S3Client, version: ObjectVersion): S3Object {
  const stream: S3Object['stream'] = async function* (range, signal) {
    yield* bytesOf(await getObject(client, version, range, signal), version, signal);
  };
  return {
    ...version,
    path: s3Path(version),
    mode: 0o644,
    modifiedAtNs: BigInt(version.modifiedAt.getTime()) * 1_000_000n,
    stream,
    read: (buffer, position, signal) => fillBuffer(stream, buffer, position, signal),
    findChecksum: async (signal) =>
      findChecksum(client, version, await headObject(client, version, signal), signal),
    async readWhole(signal) {
      const answer = await getObject(client, version, undefined, signal);
      const checksum = await findChecksum(client, version, answer, signal);
      return { bytes: bytesOf(answer, version, signal), checksum };
    },
    async checkUnchanged(_sha256, signal) {
      await headObject(client, version, signal);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Fills a buffer. When the connection breaks, only the missing bytes are requested again. */
async function fillBuffer(
  stream: S3Object['stream'],
  buffer: Buffer,
  position: number,
  signal: AbortSignal,
): Promise<void> {
  let filled = 0;
  const fillOn = async () => {
    if (filled === buffer.length) return;
    const range = { start: position + filled, end: position + buffer.length - 1 };
    for await (const chunk of stream(range, signal)) {
      buffer.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled < buffer.length) throw new StagingError('OBJECT_STORE_UNREACHABLE', { reason: 'ended early' });
  };
  await retryRequest(fillOn, signal);
}
