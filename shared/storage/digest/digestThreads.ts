import { Worker } from 'node:worker_threads';
import { withResolvers } from '../../async/abortSignals.ts';
import { builtFile } from '../../process/build.ts';
import type { ChecksumAlgorithm, Checksums, PartChecksums } from './digests.ts';

/** A request to a thread: to digest a chunk, for the state, or for the end of a digest, which its first one begins. */
export interface DigestRequest {
  readonly number: number;
  readonly digest: number;
  readonly algorithm: ChecksumAlgorithm;
  readonly parts: PartChecksums | undefined;
  readonly task: Uint8Array | 'state' | 'end';
}

/** The answer to the request of this number: the state, the digest, or nothing. */
export interface DigestAnswer {
  readonly number: number;
  readonly answer: string | Checksums<ChecksumAlgorithm>;
}

/** A digest that a thread computes. Its promises reject when the thread has failed. */
export interface ThreadDigest {
  /** Resolves when the chunk's memory may be used again. Shared memory is not copied. */
  update(chunk: Uint8Array): Promise<unknown>;
  /** As `DigestComputation.state`. */
  state(): Promise<DigestAnswer['answer']>;
  /** Ends it; also one that nobody wants any more, which would stay in the thread's memory. */
  digest(): Promise<DigestAnswer['answer']>;
}

/** Threads that compute digests, each all those of one algorithm. They keep no process alive. */
export interface DigestThreads {
  begin(algorithm: ChecksumAlgorithm, parts?: PartChecksums): ThreadDigest;
  /** Ends the threads, and what they compute. */
  close(): Promise<void>;
}

/** Threads that start at the first digest of their algorithm, and end when they are closed. */
export function createDigestThreads(): DigestThreads {
  const threads = new Map<ChecksumAlgorithm, ReturnType<typeof startThread>>();
  const threadFor = (algorithm: ChecksumAlgorithm) => {
    const thread = threads.get(algorithm) ?? startThread(() => threads.delete(algorithm));
    threads.set(algorithm, thread);
    return thread;
  };
  let digests = 0;
  return {
    begin(algorithm, parts) {
      const thread = threadFor(algorithm);
      const digest = ++digests;
      const ask = (task: DigestRequest['task']) => thread.ask({ digest, algorithm, parts, task });
      return { update: ask, state: () => ask('state'), digest: () => ask('end') };
    },
    async close() {
      await Promise.all([...threads.values()].map((thread) => thread.end()));
    },
  };
}

function startThread(onFailure: () => void) {
  const worker = new Worker(builtFile('digestThread'));
  worker.unref();
  const waiting = new Map<number, ReturnType<typeof withResolvers<DigestAnswer['answer']>>>();
  let number = 0;
  let failure: unknown;
  worker.on('message', (answered: DigestAnswer) => {
    waiting.get(answered.number)?.resolve(answered.answer);
    waiting.delete(answered.number);
  });
  const fail = (error: unknown) => {
    if (failure) return;
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
    onFailure();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread of digests has ended')));
  return {
    async ask(request: Omit<DigestRequest, 'number'>) {
      if (failure) throw failure;
      number += 1;
      const answered = withResolvers<DigestAnswer['answer']>();
      waiting.set(number, answered);
      worker.postMessage({ number, ...request } satisfies DigestRequest);
      return await answered.promise;
    },
    end: () => worker.terminate(),
  };
}
