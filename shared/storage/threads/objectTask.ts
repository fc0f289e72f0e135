import type { MessagePort } from 'node:worker_threads';
import type { ChecksumAlgorithm, Checksums } from '../digest/digests.ts';
import { IoError, settle, type TaskOutcome } from '../io/ioFailure.ts';
import { createHttpConnections, type SignedRequest } from '../objects/requests/httpConnections.ts';
import { createStopSignal, Progress, type ProgressMemory } from '../progress.ts';
import { type ChunkCopy, copyChunks } from './fileTasks.ts';

/** One large object: several ranges are in flight, while those before are digested and written. */
interface CopyObjectTask extends Omit<ChunkCopy, 'progress' | 'onFailure'> {
  /** Connected to the main thread, which answers requests. */
  readonly port: MessagePort;
  readonly progressMemory: ProgressMemory;
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
    const progress = new Progress(task.progressMemory);
    using stop = createStopSignal(progress);
    const receive = receiveFrom(task.port, stop.signal);
    const fill = async (buffer: Buffer, position: number) => {
      const part = buffer.subarray(0, Math.max(0, Math.min(buffer.length, task.sizeBytes - position)));
      if (part.length > 0) await receive(part, position);
      return part;
    };
    // A failure aborts the ranges in flight.
    return (await copyChunks({ ...task, progress, onFailure: stop.abort }, fill)).digests;
  });
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
