import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { DigestAlgorithm } from '../../../shared/model/digestAlgorithm.ts';
import type { Digests } from '../../../shared/model/operation.ts';
import type { TransferContext } from '../../../shared/staging/stagingMethod.ts';
import { createDigests } from '../../../shared/storage/digest/digests.ts';
import type { DigestThreads, ThreadDigest } from '../../../shared/storage/digest/digestThreads.ts';
import type { ByteRange, ReadableFile } from '../../../shared/storage/source.ts';
import type { ResponseBody } from './responseBody.ts';

/** The state of an answer in progress. */
export interface Sent {
  readonly digests: Digests;
  /** Held back until the source is verified: a client without the last bytes knows that the file is incomplete. */
  readonly lastChunk: Uint8Array;
}

/**
 * How much of a file is read at once: little for each of hundreds of slow clients, whose chunks wait for them in memory;
 * more for a fast one, because large reads cost less. A small range is read in one piece.
 */
const chunkBytes = { slow: 32 * 1024, single: 64 * 1024, fast: 512 * 1024 };

/** A client is fast if it has received more than the buffers of its connection hold, at this rate. */
const fast = { bytes: 8 * 1024 * 1024, bytesPerMs: 32 * 1024 };

/** When less is left for a fast client, threads would take longer to begin than they save. */
const worthThreadsBytes = 64 * 1024 * 1024;

/** Sends a range of a file except its last chunk. Digests include the bytes that are held back. */
export async function sendBytes(
  file: Pick<ReadableFile, 'path' | 'stream'>,
  range: ByteRange,
  body: ResponseBody,
  { digests: algorithms, progress, signal }: TransferContext,
  threads: DigestThreads,
): Promise<Sent> {
  const rangeBytes = range.end + 1 - range.start;
  await using digests = await createSentDigests(algorithms, threads);
  let lastChunk: Uint8Array = new Uint8Array();
  let sentBytes = 0;
  let digested: Promise<unknown> = Promise.resolve();
  const memory = createChunkMemory(rangeBytes, algorithms.length > 0);
  const chunks = rangeBytes === 0 ? [] : file.stream(range, signal, () => memory(sentBytes));
  for await (const chunk of chunks) {
    await progress.pace(chunk.length);
    if (isShared(chunk) && digests.areHere()) {
      const { start } = range;
      await digests.continueInThreads(file.stream({ start, end: start + sentBytes - 1 }, signal));
    }
    const before = digested;
    digested = digests.update(chunk);
    progress.addBytes(chunk.length);
    sentBytes += chunk.length;
    if (sentBytes < rangeBytes) await body.write(chunk);
    else lastChunk = chunk;
    // Its memory is used for the next chunk.
    await before;
  }
  if (sentBytes !== rangeBytes) throw new StagingError('SOURCE_CHANGED', { path: file.path });
  return { digests: await digests.digest(), lastChunk };
}

function isShared(chunk: Uint8Array): boolean {
  return chunk.buffer instanceof SharedArrayBuffer;
}

/**
 * Memory for the chunks of a download, by the number of bytes sent. Digests of what a fast client receives are
 * computed in threads, of one chunk while the next is read and sent: these alternate in shared memory.
 */
function createChunkMemory(rangeBytes: number, areDigested: boolean): (sentBytes: number) => Buffer {
  const begin = performance.now();
  const slowBytes = rangeBytes <= chunkBytes.single ? rangeBytes : chunkBytes.slow;
  let memory: Buffer | undefined;
  let other: Buffer | undefined;
  return (sentBytes) => {
    const isFast = sentBytes > fast.bytes && sentBytes > fast.bytesPerMs * (performance.now() - begin);
    const bytes = isFast ? chunkBytes.fast : slowBytes;
    if (memory?.length !== bytes) {
      const isSharedNow = isFast && areDigested && rangeBytes - sentBytes > worthThreadsBytes;
      memory = allocate(bytes, isSharedNow);
      other = isSharedNow ? allocate(bytes, true) : undefined;
    }
    if (other) [memory, other] = [other, memory];
    return memory;
  };
}

/**
 * Memory of a resizable buffer is returned to the system as soon as it is unused. That of others, freed in this size,
 * stays with the process.
 */
function allocate(bytes: number, isSharedMemory: boolean): Buffer {
  if (isSharedMemory) return Buffer.from(new SharedArrayBuffer(bytes));
  return bytes === chunkBytes.fast
    ? Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes)
    : Buffer.allocUnsafeSlow(bytes);
}

/** Digests of what is sent, which begin in this thread and may continue in others. Disposing ends them. */
async function createSentDigests(algorithms: readonly DigestAlgorithm[], threads: DigestThreads) {
  const here = await createDigests(algorithms);
  let elsewhere: ThreadDigest[] | undefined;
  const update = async (chunk: Uint8Array) => {
    if (elsewhere) await Promise.all(elsewhere.map((digest) => digest.update(chunk)));
    else here.update(chunk);
  };
  let ended: Promise<unknown[]> | undefined;
  const end = () => (ended ??= Promise.all((elsewhere ?? []).map((digest) => digest.digest())));
  return {
    areHere: () => elsewhere === undefined,
    /** Begins anew in threads, with the bytes sent so far: the state of a native digest cannot be moved. */
    async continueInThreads(sent: AsyncIterable<Uint8Array>) {
      elsewhere = algorithms.map((algorithm) => threads.begin(algorithm));
      for await (const chunk of sent) await update(chunk);
    },
    /** Resolves when the chunk's memory may be used again. */
    update(chunk: Uint8Array): Promise<void> {
      const updated = update(chunk);
      // Awaited after the next chunk, and then only if that was sent.
      updated.catch(() => undefined);
      return updated;
    },
    async digest(): Promise<Digests> {
      const digests = await end();
      return elsewhere ? Object.assign({}, ...digests) : here.digest();
    },
    async [Symbol.asyncDispose]() {
      await end().catch(() => undefined);
    },
  };
}
