import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../../process/build.ts';
import { type ChecksumAlgorithm, type Checksums, createDigests, type PartChecksums } from './digests.ts';

/** The start message of a thread: its digest, and the shared memory of all chunks. */
export interface DigestThreadData {
  readonly algorithm: ChecksumAlgorithm;
  readonly parts: PartChecksums | undefined;
  readonly memory: SharedArrayBuffer;
}

/** The position of the next chunk in the memory, a request for the state, or the end of the data. */
export type DigestThreadMessage = { readonly offset: number; readonly length: number } | 'state' | 'end';

/** Digests of chunks in one shared memory. Disposing ends the threads. */
export interface ParallelDigests<Algorithm extends ChecksumAlgorithm> extends AsyncDisposable {
  /** Resolves when the chunk's memory may be used again. */
  update(chunk: Buffer): Promise<void>;
  /** The state after all data so far, as `DigestComputation.state` returns it. */
  state(): Promise<string>;
  digest(): Promise<Checksums<Algorithm>>;
}

/** Below this size a thread takes longer to start than it saves. */
const worthThreadsBytes = 256 * 1024 * 1024;

/**
 * Starts digesting a file of this size. The digests of a large one are computed in parallel, each except the first in
 * its own thread, because one thread is slower than a disk.
 */
export async function createParallelDigests<Algorithm extends ChecksumAlgorithm>(
  algorithms: readonly Algorithm[],
  bytes: number,
  memory: SharedArrayBuffer,
  parts?: PartChecksums,
): Promise<ParallelDigests<Algorithm>> {
  const hereCount = bytes < worthThreadsBytes ? algorithms.length : 1;
  const here = await createDigests(algorithms.slice(0, hereCount), parts);
  const threads = algorithms.slice(hereCount).map((algorithm) => startThread({ algorithm, parts, memory }));
  const askAll = (message: DigestThreadMessage) => Promise.all(threads.map((thread) => ask(thread, message)));
  return {
    async update(chunk) {
      const elsewhere = askAll({ offset: chunk.byteOffset, length: chunk.length });
      here.update(chunk);
      await elsewhere;
    },
    async state() {
      const states = [here.state(), ...(await askAll('state'))];
      return states.map(String).find((state) => state !== '') ?? '';
    },
    async digest() {
      const digests = await askAll('end');
      return Object.assign(here.digest(), ...digests);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

function startThread(data: DigestThreadData): Worker {
  return new Worker(builtFile('digestThread'), { workerData: data });
}

/** Sends a message and resolves with the answer; a thread answers each message. Rejects if the thread fails. */
async function ask(thread: Worker, message: DigestThreadMessage): Promise<unknown> {
  const answered = once(thread, 'message');
  thread.postMessage(message);
  const [answer] = await answered;
  return answer;
}
