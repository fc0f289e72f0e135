import type { FileHandle } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import pLimit from 'p-limit';
import { StagingError } from '../../errors/stagingError.ts';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import type { Digests } from '../../model/operation.ts';
import { type ChecksumAlgorithm, type Checksums, createDigests, withState } from '../digest/digests.ts';
import { allocateChunks, type ChunkBuffers } from '../io/chunkReader.ts';
import { IoError } from '../io/ioFailure.ts';
import { stopOnAbort } from '../progress.ts';
import type { FileCopy } from '../source.ts';
import type { ObjectAnswer, ObjectQuestion } from '../threads/objectTask.ts';
import type { StorageThreads } from '../threads/threadPool.ts';
import type { ObjectChecksum } from './objectChecksum.ts';
import { retryRequest } from './requests/objectRequests.ts';
import type { S3Object } from './s3/s3Object.ts';
import type { SignRequest } from './s3/s3Storage.ts';

/**
 * Copies an object into a file, which is empty or has its first bytes, and digests it in the same pass: a small one in
 * one answer, a large one in several concurrent ranges. The data is verified against the store's checksum, if there is
 * one.
 * @throws SOURCE_CHANGED, OBJECT_DAMAGED, OBJECT_STORE_…; IoError for the file
 */
export type CopyObject = (object: S3Object, target: FileHandle, copy: FileCopy) => Promise<Digests>;

/** Five ranges are in flight while one is digested and two are written: 32 MiB for one large object. */
const buffers = { bytes: 4 * 1024 * 1024, count: 8, ahead: 5 };
/** Up to this size an object is received in one response. */
export const smallObjectBytes = buffers.bytes;
/** How many large objects are copied at the same time, which bounds their memory. */
const largeCopies = 2;

/** The dependencies for copies of objects: threads, and signed requests, because threads have no credentials. */
export interface ObjectCopyMeans {
  readonly threads: StorageThreads;
  readonly sign: SignRequest;
}

/**
 * Creates the copier of objects. It keeps its memory for the next copy, because buffers of that size are slow to
 * garbage-collect.
 */
export function createObjectCopier(means: ObjectCopyMeans): CopyObject {
  const atOnce = pLimit(largeCopies);
  const idle: ChunkBuffers[] = [];
  return (object, target, copy) => {
    if (object.sizeBytes <= smallObjectBytes)
      return retryRequest(() => copySmall(object, target, copy), copy.signal);
    return atOnce(async () => {
      const chunks =
        idle.pop() ?? allocateChunks({ ...buffers, bytes: copy.progress.pieceBytes(buffers.bytes) });
      const digests = await copyLarge(object, target, copy, means, chunks);
      // After a failure, something may still write to it.
      idle.push(chunks);
      return digests;
    });
  };
}

/** All or nothing: each attempt starts over, and only a complete one counts as progress. */
async function copySmall(object: S3Object, target: FileHandle, copy: FileCopy): Promise<Digests> {
  await copy.progress.pace(object.sizeBytes);
  const { bytes, checksum } = await object.readWhole(copy.signal);
  const digests = await createDigests(algorithmsFor(copy.digests, checksum), checksum?.parts);
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

/** In a thread; requests are signed here, and ranges that the thread could not receive are fetched here. */
async function copyLarge(
  object: S3Object,
  target: FileHandle,
  copy: FileCopy,
  { threads, sign }: ObjectCopyMeans,
  chunks: ChunkBuffers,
): Promise<Digests> {
  const checksum = await object.findChecksum(copy.signal);
  const algorithms = withState(algorithmsFor(copy.digests, checksum), copy.plan);
  const failure = new AbortController();
  const signal = AbortSignal.any([copy.signal, failure.signal]);
  const answer = async (question: ObjectQuestion): Promise<ObjectAnswer> => {
    if (question === 'sign') return (await sign(object)) ?? 'unsigned';
    const { offset, length, position } = question;
    try {
      await object.read(Buffer.from(chunks.memory, offset, length), position, signal);
      return 'fetched';
    } catch (error) {
      failure.abort(error);
      return 'failed';
    }
  };
  const { port1: here, port2: port } = new MessageChannel();
  here.on('message', async ({ id, question }: { id: number; question: ObjectQuestion }) =>
    here.postMessage({ id, answer: await answer(question) }),
  );
  const { progress, plan } = copy;
  const task = { port, targetFd: target.fd, sizeBytes: object.sizeBytes, chunks, algorithms, plan };
  const more = { parts: checksum?.parts, progressMemory: progress.memory };
  try {
    const run = () => threads.run('copyObject', { ...task, ...more }, [port]);
    const computed = await stopOnAbort(progress, copy.signal, run);
    return verified(object, computed, checksum, copy.digests);
  } catch (error) {
    // A thread that was stopped because a range failed does not know the reason.
    const isStopped = error instanceof IoError && error.failure.code === 'STOPPED';
    throw isStopped && failure.signal.aborted ? failure.signal.reason : error;
  } finally {
    failure.abort();
    here.close();
  }
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
