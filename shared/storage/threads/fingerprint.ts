/** The size of a source, and a fingerprint of its version. */
export interface Measure {
  readonly bytes: number;
  readonly files: number;
  /** Differs, except with a probability of one in 2⁵², if any file of a tree was changed, added, or removed. */
  readonly fingerprint: number;
}

/** Fingerprints are whole numbers below this, so that the sum of two is exact in a double. */
export const fingerprintModulus = 2 ** 52;

/** Files are visited in any order, and a sum does not depend on it. */
export function addFingerprints(one: number, other: number): number {
  return (one + other) % fingerprintModulus;
}
