import type { BigIntStats, Stats } from 'node:fs';

/** The block size that stat(2) counts in, for every file system. */
const statBlockBytes = 512;
/** The granularity of holes: no file system in use has smaller ones, and direct writes must be a multiple of it. */
const pieceBytes = 4096;
const zeros = Buffer.alloc(16 * pieceBytes);

/** A range of bytes. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

type Allocation = Pick<Stats | BigIntStats, 'size' | 'blocks'>;

/** How much space a file takes, without the unused rest of its last block: no more than its length. */
export function allocatedBytes({ size, blocks }: Allocation): number {
  return Math.min(Number(size), Number(blocks) * statBlockBytes);
}

/** Whether a file may have holes. A compressed one appears to have some, too. */
export function mayHaveHoles(stat: Allocation): boolean {
  return allocatedBytes(stat) < stat.size;
}

/** The runs of whole pieces with any byte that is not zero: those must be written of a file that has holes. */
export function* dataRuns(bytes: Buffer): Generator<Run, void, void> {
  let from = -1;
  for (let offset = 0; offset < bytes.length; ) {
    const isZero = isZeroAt(bytes, offset, pieceBytes);
    if (isZero && from >= 0) yield { from, to: offset };
    if (isZero) from = -1;
    else if (from < 0) from = offset;
    // In large holes, many pieces are checked together.
    offset += isZero && isZeroAt(bytes, offset, zeros.length) ? zeros.length : pieceBytes;
  }
  if (from >= 0) yield { from, to: bytes.length };
}

function isZeroAt(bytes: Buffer, offset: number, length: number): boolean {
  if (bytes[offset] !== 0) return false;
  const end = Math.min(offset + length, bytes.length);
  return bytes.compare(zeros, 0, end - offset, offset, end) === 0;
}
