import type { BigIntStats, Stats } from 'node:fs';
import { allocatedBytes } from '../io/holes.ts';

/** The size of the data to stage, and its version. */
export interface Measure {
  readonly bytes: number;
  readonly files: number;
  /** The space that the files take, without holes. */
  readonly allocatedBytes: number;
  /** Differs, except with a probability of 2⁻⁵², when any file of a tree was changed, added, or removed. */
  readonly fingerprint: number;
}

/** Fingerprints are whole numbers below this, so that the sum of two is exact in a double. */
const fingerprintModulus = 2 ** 52;

/** Of no files. */
export const emptyMeasure: Measure = { bytes: 0, files: 0, allocatedBytes: 0, fingerprint: 0 };

/** Of one file, or of one link itself. */
export function measureOf(stat: Stats): Measure {
  const { size, mtimeMs, ino } = stat;
  const fingerprint = fingerprintOf(size, mtimeMs, ino);
  return { bytes: size, files: 1, allocatedBytes: allocatedBytes(stat), fingerprint };
}

/** The same in the main thread, of a file that is opened with exact times. */
export function measureFile(stat: Pick<BigIntStats, 'size' | 'blocks' | 'mtimeNs' | 'ino'>): Measure {
  return {
    bytes: Number(stat.size),
    files: 1,
    allocatedBytes: allocatedBytes(stat),
    fingerprint: Number((stat.mtimeNs + stat.ino) % BigInt(fingerprintModulus)),
  };
}

/** Of both together. Files are visited in any order, and a sum does not depend on it. */
export function addMeasures(one: Measure, other: Measure): Measure {
  return {
    bytes: one.bytes + other.bytes,
    files: one.files + other.files,
    allocatedBytes: one.allocatedBytes + other.allocatedBytes,
    fingerprint: (one.fingerprint + other.fingerprint) % fingerprintModulus,
  };
}

const words = new Float64Array(3);
const halves = new Uint32Array(words.buffer);

/** Hashes a file's version to 52 bits, by the multiplication and rotation of MurmurHash3's rounds. */
function fingerprintOf(size: number, mtimeMs: number, inode: number): number {
  words[0] = size;
  words[1] = mtimeMs;
  words[2] = inode;
  let [low, high] = [0x9e37_79b9, 0x85eb_ca6b];
  for (const half of halves) {
    low = Math.imul((low ^ half) >>> 0, 0xcc9e_2d51);
    high = Math.imul(high ^ ((low << 15) | (low >>> 17)), 0x1b87_3593) + half;
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0);
}
