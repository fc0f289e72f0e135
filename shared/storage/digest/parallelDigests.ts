import { type ChecksumAlgorithm, type Checksums, createDigests, type PartChecksums } from './digests.ts';
import { createDigestThreads } from './digestThreads.ts';

/** Digests of chunks in shared memory. Disposing ends the threads. */
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
 * Starts digesting a file of this size. The digests of a large one are computed in parallel, each in its own thread,
 * because one thread is slower than a disk, and than a network while it also receives.
 */
export async function createParallelDigests<Algorithm extends ChecksumAlgorithm>(
  algorithms: readonly Algorithm[],
  bytes: number,
  parts?: PartChecksums,
): Promise<ParallelDigests<Algorithm>> {
  const isLarge = bytes >= worthThreadsBytes;
  const here = await createDigests(isLarge ? [] : algorithms, parts);
  const threads = createDigestThreads();
  const elsewhere = isLarge ? algorithms.map((algorithm) => threads.begin(algorithm, parts)) : [];
  return {
    async update(chunk) {
      const updated = Promise.all(elsewhere.map((digest) => digest.update(chunk)));
      here.update(chunk);
      await updated;
    },
    async state() {
      const states = [here.state(), ...(await Promise.all(elsewhere.map((digest) => digest.state())))];
      return states.map(String).find((state) => state !== '') ?? '';
    },
    async digest() {
      const digests = await Promise.all(elsewhere.map((digest) => digest.digest()));
      return Object.assign(here.digest(), ...digests);
    },
    [Symbol.asyncDispose]: () => threads.close(),
  };
}
