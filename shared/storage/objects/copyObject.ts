import type { FileHandle } from 'node:fs/promises';
import pLimit from 'p-limit';
import { StagingError } from '../../errors/stagingError.ts';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import type { Digests } from '../../model/operation.ts';
import { type ChecksumAlgorithm, type Checksums, createDigests, withState } from '../digest/digests.ts';
import { createParallelDigests } from '../digest/parallelDigests.ts';
import { type CheckpointPlan, writeCheckpoints } from '../io/checkpoints.ts';
import { allocateChunks, type ChunkBuffers, chunksInUse, readChunks } from '../io/chunkReader.ts';
import { openForWriting } from '../io/directWriter.ts';
import type { Progress } from '../progress.ts';
import type { ObjectChecksum } from './objectChecksum.ts';
import { retryRequest } from './retryRequest.ts';
import type { S3Object } from './s3Object.ts';

/** The options of copying objects. */
export interface ObjectCopy {
  readonly digests: readonly DigestAlgorithm[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** How the copy of a large object can be resumed, and from where. */
  readonly plan?: CheckpointPlan | undefined;
}

/**
 * Copies an object into a file, which is empty or has its first bytes, and digests it in the same pass: a small one in
 * one answer, a large one in several concurrent ranges. The data is verified against the store's checksum, if there is
 * one.
 * @throws SOURCE_CHANGED, OBJECT_DAMAGED, OBJECT_STORE_…; TaskError for the file
 */
export type CopyObject = (object: S3Object, target: FileHandle, copy: ObjectCopy) => Promise<Digests>;

/** Five ranges are in flight while one is digested and two are written: 32 MiB for one large object. */
const buffers = { bytes: 4 * 1024 * 1024, count: 8, ahead: 5 };
/** How many large objects are copied at the same time, which bounds their memory. */
const largeCopies = 2;

/**
 * Creates what copies objects. It keeps its memory for the next copy, because buffers of that size are slow to be
 * garbage-collected.
 */
export function createObjectCopier(): CopyObject {
  const atOnce = pLimit(largeCopies);
  const idle: ChunkBuffers[] = [];
  return (object, target, copy) => {
    if (object.sizeBytes <= buffers.bytes)
      return retryRequest(() => copySmall(object, target, copy), copy.signal);
    return atOnce(async () => {
      const chunks =
        idle.pop() ?? allocateChunks({ ...buffers, bytes: copy.progress.pieceBytes(buffers.bytes) });
      try {
        return await copyLarge(object, target, copy, chunks);
      } finally {
        idle.push(chunks);
      }
    });
  };
}

/** All of it or nothing: each attempt starts over, and only a complete one counts as progress. */
async function copySmall(object: S3Object, target: FileHandle, copy: ObjectCopy): Promise<Digests> {
  await copy.progress.pace(object.sizeBytes);
  const { bytes, checksum } = await object.readWhole(copy.signal);
  const digests = await createDigests(algorithmsFor(copy.digests, checksum));
  let position = 0;
  for await (const chunk of bytes) {
    digests.update(chunk);
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await target.write(chunk, done, chunk.length - done, position + done);
      done += bytesWritten;
    }
    position += chunk.length;
  }
  if (position !== object.sizeBytes) {
    throw new StagingError('OBJECT_STORE_UNREACHABLE', { reason: 'the answer ended early' });
  }
  const verifiedDigests = verified(object, digests.digest(), checksum, copy.digests);
  copy.progress.addBytes(position);
  return verifiedDigests;
}

async function copyLarge(
  object: S3Object,
  target: FileHandle,
  copy: ObjectCopy,
  chunks: ChunkBuffers,
): Promise<Digests> {
  const checksum = await object.findChecksum(copy.signal);
  const algorithms = withState(algorithmsFor(copy.digests, checksum), copy.plan);
  const failure = new AbortController();
  const signal = AbortSignal.any([copy.signal, failure.signal]);
  /** A failure aborts the ranges in flight, and the reader waits for these. */
  const orAbort = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  await using digests = await createParallelDigests(algorithms, object.sizeBytes, chunks.memory);
  await using writer = openForWriting(target.fd);
  await using checkpoints = writeCheckpoints({ fd: target.fd, writer }, copy.plan);
  const fill = async (buffer: Buffer, position: number) => {
    if (position < checkpoints.earlierBytes) return orAbort(checkpoints.fillFromEarlier(buffer, position));
    const part = buffer.subarray(0, Math.max(0, Math.min(buffer.length, object.sizeBytes - position)));
    await orAbort(object.read(part, position, signal));
    return part;
  };
  for await (const { chunk, position } of readChunks(chunks, fill)) {
    if (position >= checkpoints.presentBytes) await orAbort(copy.progress.pace(chunk.length));
    checkpoints.beginWrite(chunk, position);
    await orAbort(digests.update(chunk));
    await orAbort(checkpoints.passed(position + chunk.length, digests.state));
    copy.progress.addBytes(chunk.length);
    await orAbort(writer.writesLeft(chunksInUse(chunks)));
  }
  await checkpoints.finish();
  return verified(object, await digests.digest(), checksum, copy.digests);
}

function algorithmsFor(
  digests: readonly DigestAlgorithm[],
  checksum: ObjectChecksum | undefined,
): ChecksumAlgorithm[] {
  return [...new Set<ChecksumAlgorithm>([...digests, ...(checksum ? [checksum.algorithm] : [])])];
}

/** The requested digests, once the data matches the store's checksum. @throws OBJECT_DAMAGED */
function verified(
  object: S3Object,
  computed: Checksums<ChecksumAlgorithm>,
  checksum: ObjectChecksum | undefined,
  wanted: readonly DigestAlgorithm[],
): Digests {
  if (checksum && computed[checksum.algorithm] !== checksum.hex) {
    const actual = computed[checksum.algorithm] ?? '';
    const { algorithm, hex: expected } = checksum;
    throw new StagingError('OBJECT_DAMAGED', { path: object.path, algorithm, actual, expected });
  }
  return Object.fromEntries(wanted.map((algorithm) => [algorithm, computed[algorithm]]));
}
