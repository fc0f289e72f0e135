import type { MessagePort } from 'node:worker_threads';
import type { ChecksumAlgorithm, Checksums, PartChecksums } from '../digest/digests.ts';
import { createParallelDigests } from '../digest/parallelDigests.ts';
import { type CheckpointPlan, writeCheckpoints } from '../io/checkpoints.ts';
import { type ChunkBuffers, chunksInUse, readChunks } from '../io/chunkReader.ts';
import { openForWriting } from '../io/directWriter.ts';
import { IoError, settle, type TaskOutcome, throwIfStopped } from '../io/ioFailure.ts';
import { createHttpConnections, type SignedRequest } from '../objects/requests/httpConnections.ts';
import { createStopSignal, Progress, type ProgressMemory, type StopSignal } from '../progress.ts';

/** One large object: several ranges are in flight, while those before are digested and written. */
interface CopyObjectTask {
  /** Connected to the main thread, which answers requests. */
  readonly port: MessagePort;
  readonly targetFd: number;
  readonly sizeBytes: number;
  readonly chunks: ChunkBuffers;
  readonly algorithms: readonly ChecksumAlgorithm[];
  readonly parts: PartChecksums | undefined;
  readonly progressMemory: ProgressMemory;
  /** How the copy can be resumed, and from where. */
  readonly plan: CheckpointPlan | undefined;
}

/**
 * A thread's request to the main one, which alone has credentials: to sign a request, or to fetch a range itself, to an
 * offset in the memory of the chunks.
 */
export type ObjectQuestion =
  | 'sign'
  | { readonly position: number; readonly length: number; readonly offset: number };

/** The main thread's answer; `failed` ends the copy. */
export type ObjectAnswer = SignedRequest | 'unsigned' | 'fetched' | 'failed';

/** How long a signed request is used, in ms. Stores accept one for some minutes, AWS for 15. */
const signatureMs = 60_000;
/** The connections of this thread, for all of its tasks. */
export const connections = createHttpConnections();

/** Copies an object to an empty file, or to one that has its first bytes, and digests it in the same pass. */
export function copyObject(task: CopyObjectTask): Promise<TaskOutcome<Checksums<ChecksumAlgorithm>>> {
  return settle(async () => {
    const { targetFd, sizeBytes, chunks, algorithms, parts, plan } = task;
    const progress = new Progress(task.progressMemory);
    using stop = createStopSignal(progress);
    const receive = receiveFrom(task.port, stop.signal);
    await using digests = await createParallelDigests(algorithms, sizeBytes, chunks.memory, parts);
    const onWritten = (bytes: number) => progress.addBytes(bytes);
    await using writer = openForWriting(targetFd, { onWritten });
    await using checkpoints = writeCheckpoints({ fd: targetFd, writer }, plan);
    const fill = async (buffer: Buffer, position: number) => {
      if (position < checkpoints.earlierBytes) return checkpoints.fillFromEarlier(buffer, position);
      const part = buffer.subarray(0, Math.max(0, Math.min(buffer.length, sizeBytes - position)));
      if (part.length > 0) await receive(part, position);
      return part;
    };
    const pass = async (chunk: Buffer, position: number) => {
      throwIfStopped(progress);
      if (position >= checkpoints.presentBytes) await progress.pace(chunk.length);
      checkpoints.beginWrite(chunk, position);
      await digests.update(chunk);
      await checkpoints.passed(position + chunk.length, digests.state);
      if (position < checkpoints.presentBytes) progress.addBytes(chunk.length);
      await writer.writesLeft(chunksInUse(chunks));
    };
    // A failure aborts the ranges in flight, and the reader waits for these.
    for await (const { chunk, position } of readChunks(chunks, orAbort(stop, fill))) {
      await orAbort(stop, pass)(chunk, position);
    }
    await checkpoints.finish();
    return await digests.digest();
  });
}

function orAbort<Given extends unknown[], Result>(
  stop: StopSignal,
  work: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    try {
      return await work(...given);
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
}

/**
 * A function that fills memory of the chunks with a range: by a signed request, or through the main thread if that
 * fails. @throws IoError STOPPED when the signal aborts, or the main thread failed
 */
function receiveFrom(port: MessagePort, signal: AbortSignal) {
  const ask = createAsker(port, signal);
  let signing: Promise<ObjectAnswer> | undefined;
  let signedAt = 0;
  return async (content: Buffer, position: number): Promise<void> => {
    if (!signing || performance.now() - signedAt > signatureMs)
      [signing, signedAt] = [ask('sign'), performance.now()];
    const request = await signing;
    const { bytes } =
      typeof request === 'object'
        ? await connections.receive(request, { content, position }, signal)
        : { bytes: 0 };
    const length = content.length - bytes;
    if (length > 0) await ask({ position: position + bytes, length, offset: content.byteOffset + bytes });
  };
}

/** Sends requests, which are answered in any order; none is awaited when the signal has aborted. */
function createAsker(port: MessagePort, signal: AbortSignal) {
  const waiting = new Map<number, (answer: ObjectAnswer) => void>();
  let count = 0;
  port.on('message', ({ id, answer }: { id: number; answer: ObjectAnswer }) => waiting.get(id)?.(answer));
  signal.addEventListener('abort', () => {
    for (const settleWith of waiting.values()) settleWith('failed');
  });
  return async (question: ObjectQuestion): Promise<ObjectAnswer> => {
    if (signal.aborted) throw stopped();
    const id = count;
    count += 1;
    const answered = new Promise<ObjectAnswer>((resolve) => waiting.set(id, resolve));
    port.postMessage({ id, question });
    const answer = await answered;
    waiting.delete(id);
    if (answer === 'failed') throw stopped();
    return answer;
  };
}

function stopped(): IoError {
  return new IoError({ side: 'source', code: 'STOPPED', name: '' });
}
