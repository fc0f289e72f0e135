/** What stat(2) counts blocks in, whatever the file system's own are. */
const statBlockBytes = 512;
/** A hole is made of these: no file system in use has smaller ones, and direct writes must be a multiple of them. */
const pieceBytes = 4096;
const zeros = Buffer.alloc(16 * pieceBytes);

/** A part of some bytes, from an offset up to another one. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

interface Allocation {
  readonly size: number;
  readonly blocks: number;
}

/** How much space a file takes, but for what its last block has left: no more than its length. */
export function allocatedBytes({ size, blocks }: Allocation): number {
  return Math.min(size, blocks * statBlockBytes);
}

/** Whether a file may have holes. One that is compressed seems so, too. */
export function mayHaveHoles(stat: Allocation): boolean {
  return allocatedBytes(stat) < stat.size;
}

/** The runs of whole pieces in which any byte is not zero: what must be written of a file that has holes. */
export function* dataRuns(bytes: Buffer): Generator<Run, void, void> {
  let from = -1;
  for (let offset = 0; offset < bytes.length; ) {
    const isZero = isZeroAt(bytes, offset, pieceBytes);
    if (isZero && from >= 0) yield { from, to: offset };
    if (isZero) from = -1;
    else if (from < 0) from = offset;
    // Of large holes, many pieces are looked at together.
    offset += isZero && isZeroAt(bytes, offset, zeros.length) ? zeros.length : pieceBytes;
  }
  if (from >= 0) yield { from, to: bytes.length };
}

function isZeroAt(bytes: Buffer, offset: number, length: number): boolean {
  if (bytes[offset] !== 0) return false;
  const end = Math.min(offset + length, bytes.length);
  return bytes.compare(zeros, 0, end - offset, offset, end) === 0;
}
