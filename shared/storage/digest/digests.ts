import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createAdler32, createCRC32, createCRC64, createXXHash64, type IHasher } from 'hash-wasm';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';

/** Checksums whose intermediate state can be read: for verifying a resumed copy. */
export type StateAlgorithm = 'adler32' | 'xxhash64';

/** All checksum algorithms: our digests, those of object stores, and those above. */
export type ChecksumAlgorithm = PlainAlgorithm | 'composite';

type PlainAlgorithm = DigestAlgorithm | StateAlgorithm | 'sha1' | 'crc32' | 'crc32c' | 'crc64nvme';

/** The parts whose checksums a `composite` checksum is computed from, in order. As plain data, for threads. */
export interface PartChecksums {
  readonly algorithm: PlainAlgorithm;
  readonly sizes: readonly number[];
}

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

type WasmAlgorithm = keyof typeof wasmHashers;

/** Reversed polynomials: Castagnoli's (RFC 9260 appendix A), and that of the NVM Express standard. */
const polynomials = { crc32c: 0x82f6_3b78, crc64nvme: '9a6c9329ac4bc9b5' } as const;

/**
 * Starts computing these digests; `parts` is required for `composite`. Adler-32 is that of RFC 1950 §8.2, as 8 hex
 * digits, as Rucio writes it.
 */
export async function createDigests<Algorithm extends ChecksumAlgorithm>(
  algorithms: readonly Algorithm[],
  parts?: PartChecksums,
): Promise<DigestComputation<Algorithm>> {
  const hashes = await Promise.all(
    algorithms.map(
      async (algorithm): Promise<[Algorithm, Hash]> => [algorithm, await createOne(algorithm, parts)],
    ),
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

const wasmHashers = {
  adler32: createAdler32,
  xxhash64: createXXHash64,
  crc32c: () => createCRC32(polynomials.crc32c),
  crc64nvme: () => createCRC64(polynomials.crc64nvme),
};

/** Hashers that are not in use: creating one costs more than digesting a small file. */
const idleHashers: Record<WasmAlgorithm, IHasher[]> = {
  adler32: [],
  xxhash64: [],
  crc32c: [],
  crc64nvme: [],
};

async function createOne(algorithm: ChecksumAlgorithm, parts: PartChecksums | undefined): Promise<Hash> {
  if (algorithm !== 'composite')
    return isWasmAlgorithm(algorithm) ? createWasmHash(algorithm) : createNativeHash(algorithm);
  if (!parts) throw new Error('The parts of a composite checksum are missing');
  return createComposite(parts);
}

function isWasmAlgorithm(algorithm: ChecksumAlgorithm): algorithm is WasmAlgorithm {
  return Object.hasOwn(wasmHashers, algorithm);
}

async function createWasmHash(algorithm: WasmAlgorithm): Promise<Hash> {
  const idle = idleHashers[algorithm];
  const hasher = (idle.pop() ?? (await wasmHashers[algorithm]())).init();
  let digested: string | undefined;
  return {
    update: (chunk) => hasher.update(chunk),
    save: () => hasher.save(),
    digest(encoding) {
      if (digested !== undefined) return digested;
      digested = hasher.digest(encoding);
      // From now on it may be used by another computation.
      idle.push(hasher);
      return digested;
    },
  };
}

function createNativeHash(algorithm: Exclude<PlainAlgorithm, WasmAlgorithm>): Hash {
  if (algorithm !== 'crc32') return createHash(algorithm);
  let checksum = 0;
  return {
    update(chunk) {
      checksum = crc32(chunk, checksum);
    },
    digest: () => checksum.toString(16).padStart(8, '0'),
  };
}

/** The checksum of the concatenated checksums of parts (Amazon S3 user guide, "Checking object integrity"). */
async function createComposite({ algorithm, sizes }: PartChecksums): Promise<Hash> {
  const [beginWhole, beginPart] = await Promise.all([prepareHash(algorithm), prepareHash(algorithm)]);
  const whole = beginWhole();
  const sizeOf = (index: number) => sizes[index] ?? Number.POSITIVE_INFINITY;
  let [part, index, left] = [beginPart(), 0, sizeOf(0)];
  // An empty object has one part, of no bytes.
  const endCompleteParts = () => {
    while (left === 0) {
      whole.update(Buffer.from(part.digest('hex'), 'hex'));
      index += 1;
      [part, left] = [beginPart(), sizeOf(index)];
    }
  };
  endCompleteParts();
  return {
    update(chunk) {
      for (let rest = chunk; rest.length > 0; ) {
        const here = rest.subarray(0, left);
        part.update(here);
        left -= here.length;
        rest = rest.subarray(here.length);
        endCompleteParts();
      }
    },
    digest: (encoding) => whole.digest(encoding),
  };
}

/** Prepares a function that starts a new hash; with WebAssembly it resets the one before. */
async function prepareHash(algorithm: PlainAlgorithm): Promise<() => Hash> {
  if (!isWasmAlgorithm(algorithm)) return () => createNativeHash(algorithm);
  const hasher = await wasmHashers[algorithm]();
  return () => hasher.init();
}
