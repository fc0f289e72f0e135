import { createHash } from 'node:crypto';
import { createAdler32 } from 'hash-wasm';
import type { DigestAlgorithm } from '../config/settings.ts';
import type { Digests } from '../operations/operation.ts';

/** Digests in the making: fed with the data as it passes, asked once at the end. */
export interface DigestComputation {
  update(chunk: Uint8Array): void;
  digest(): Digests;
}

interface Hash {
  update(chunk: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** Begins to compute these digests. Adler-32 is that of RFC 1950 §8.2, as 8 hex digits, as Rucio writes it. */
export async function createDigests(algorithms: readonly DigestAlgorithm[]): Promise<DigestComputation> {
  const hashes = await Promise.all(
    algorithms.map(
      async (algorithm): Promise<[DigestAlgorithm, Hash]> => [algorithm, await createOne(algorithm)],
    ),
  );
  return {
    update(chunk) {
      for (const [, hash] of hashes) hash.update(chunk);
    },
    digest: () => Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')])),
  };
}

async function createOne(algorithm: DigestAlgorithm): Promise<Hash> {
  return algorithm === 'adler32' ? (await createAdler32()).init() : createHash(algorithm);
}
