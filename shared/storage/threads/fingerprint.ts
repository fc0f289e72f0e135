/** How much there is to stage, and in which version. */
export interface Measure {
  readonly bytes: number;
  readonly files: number;
  /** Differs, but for a chance of one in 2⁵², when any file of a tree was changed, added, or taken away. */
  readonly fingerprint: number;
}

/** Fingerprints are whole numbers below this, so that the sum of two is exact in a double. */
export const fingerprintModulus = 2 ** 52;

/** Files are met in any order, and a sum does not know of one. */
export function addFingerprints(one: number, other: number): number {
  return (one + other) % fingerprintModulus;
}
