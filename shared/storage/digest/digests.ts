import { createHash } from 'node:crypto';
import { createAdler32, createCRC32, createCRC64, createXXHash64 } from 'hash-wasm';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';

/** Checksums whose intermediate state can be read: for verifying a resumed copy. */
export type StateAlgorithm = 'adler32' | 'xxhash64';

/** All checksum algorithms: our digests, those of object stores, and those above. */
export type ChecksumAlgorithm = DigestAlgorithm | StateAlgorithm | 'sha1' | 'crc32' | 'crc32c' | 'crc64nvme';

/** Checksums by algorithm, as lower-case hex. */
export type Checksums<Algorithm extends ChecksumAlgorithm> = Partial<Record<Algorithm, string>>;

/** Digests being computed: fed with the data as it passes, and read once at the end. */
export interface DigestComputation<Algorithm extends ChecksumAlgorithm> {
  update(chunk: Uint8Array): void;
  /** The state after all data so far, 16 hex digits; '' if none of the algorithms can provide it. */
  state(): string;
  digest(): Checksums<Algorithm>;
}

interface Hash {
  update(chunk: Uint8Array): unknown;
  /** Of hash-wasm: the state of the computation, which continues. */
  save?(): Uint8Array;
  digest(encoding: 'hex'): string;
}

/** Reversed polynomials: Castagnoli's (RFC 9260 appendix A), and that of the NVM Express standard. */
const polynomials = { crc32c: 0x82f6_3b78, crc64nvme: '9a6c9329ac4bc9b5' } as const;

/** Starts computing these digests. Adler-32 is that of RFC 1950 §8.2, as 8 hex digits, as Rucio writes it. */
export async function createDigests<Algorithm extends ChecksumAlgorithm>(
  algorithms: readonly Algorithm[],
): Promise<DigestComputation<Algorithm>> {
  const hashes = await Promise.all(
    algorithms.map(async (algorithm): Promise<[Algorithm, Hash]> => [algorithm, await createOne(algorithm)]),
  );
  return {
    update(chunk) {
      for (const [, hash] of hashes) hash.update(chunk);
    },
    state() {
      const saved = hashes.find(([algorithm]) => isStateAlgorithm(algorithm))?.[1].save?.();
      return saved ? createHash('sha256').update(saved).digest('hex').slice(0, 16) : '';
    },
    digest() {
      const digests: Checksums<Algorithm> = {};
      for (const [algorithm, hash] of hashes) digests[algorithm] = hash.digest('hex');
      return digests;
    },
  };
}

/** The algorithm that provides the state: Adler-32 if it is computed anyway, else the fastest. */
export function stateAlgorithmFor(algorithms: readonly ChecksumAlgorithm[]): StateAlgorithm {
  return algorithms.includes('adler32') ? 'adler32' : 'xxhash64';
}

/** These algorithms, plus the one that verifies a resumable copy. */
export function withState<Algorithm extends ChecksumAlgorithm>(
  algorithms: readonly Algorithm[],
  plan: { readonly algorithm: StateAlgorithm } | undefined,
): (Algorithm | StateAlgorithm)[] {
  return [...new Set([...algorithms, ...(plan ? [plan.algorithm] : [])])];
}

function isStateAlgorithm(algorithm: ChecksumAlgorithm): algorithm is StateAlgorithm {
  return algorithm === 'adler32' || algorithm === 'xxhash64';
}

async function createOne(algorithm: ChecksumAlgorithm): Promise<Hash> {
  switch (algorithm) {
    case 'adler32':
      return (await createAdler32()).init();
    case 'xxhash64':
      return (await createXXHash64()).init();
    case 'crc32':
      return (await createCRC32()).init();
    case 'crc32c':
      return (await createCRC32(polynomials.crc32c)).init();
    case 'crc64nvme':
      return (await createCRC64(polynomials.crc64nvme)).init();
    default:
      return createHash(algorithm);
  }
}
