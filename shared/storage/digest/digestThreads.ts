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
  /** Ends it. An abandoned one must be ended, too: it would stay in the thread's memory. */
  digest(): Promise<DigestAnswer['answer']>;
}

/** Threads that compute digests, each all those of one algorithm. They keep no process alive. */
export interface DigestThreads {
  begin(algorithm: ChecksumAlgorithm, parts?: PartChecksums): ThreadDigest;
  /** Ends the threads, and what they compute. */
  close(): Promise<void>;
}

/** How long a thread without digests is kept, in ms: it has 15 MB. */
const keptMs = 5000;

/** Threads that start at the first digest of their algorithm. */
export function createDigestThreads(): DigestThreads {
  const threads = new Map<ChecksumAlgorithm, DigestThread>();
  return {
    begin(algorithm, parts) {
      const thread = threads.get(algorithm) ?? startThread(() => threads.delete(algorithm));
      threads.set(algorithm, thread);
      return thread.begin(algorithm, parts);
    },
    async close() {
      await Promise.all([...threads.values()].map((thread) => thread.end()));
    },
  };
}

interface DigestThread {
  readonly begin: DigestThreads['begin'];
  end(): Promise<unknown>;
}

/** Starts a thread. `onEnd` is called once, when it must not be used any more. */
function startThread(onEnd: () => void): DigestThread {
  const worker = new Worker(builtFile('digestThread'));
  worker.unref();
  const waiting = new Map<number, ReturnType<typeof withResolvers<DigestAnswer['answer']>>>();
  const begun = new Set<number>();
  let [numbers, digests] = [0, 0];
  let idle: NodeJS.Timeout | undefined;
  let failure: unknown;
  worker.on('message', ({ number, answer }: DigestAnswer) => {
    waiting.get(number)?.resolve(answer);
    waiting.delete(number);
  });
  const fail = (error: unknown) => {
    if (failure) return;
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
    onEnd();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread of digests has ended')));
  const end = () => {
    clearTimeout(idle);
    fail(new Error('The thread of digests was ended'));
    return worker.terminate();
  };
  return {
    begin(algorithm, parts) {
      clearTimeout(idle);
      digests += 1;
      const digest = digests;
      begun.add(digest);
      const ask = async (task: DigestRequest['task']) => {
        if (failure) throw failure;
        numbers += 1;
        const answered = withResolvers<DigestAnswer['answer']>();
        waiting.set(numbers, answered);
        worker.postMessage({ number: numbers, digest, algorithm, parts, task } satisfies DigestRequest);
        return await answered.promise;
      };
      return {
        update: ask,
        state: () => ask('state'),
        async digest() {
          try {
            return await ask('end');
          } finally {
            begun.delete(digest);
            if (begun.size === 0) idle = setTimeout(end, keptMs).unref();
          }
        },
      };
    },
    end,
  };
}
