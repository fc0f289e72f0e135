import { readSync } from 'node:fs';

/** How pixels are stored (FITS standard 4.0 §4.4.1, §4.4.2). */
export interface StoredPixels {
  readonly bitpix: number;
  /** The physical value of a pixel is `zero + scale * stored value`. */
  readonly scale: number;
  readonly zero: number;
  /** The stored value of undefined pixels, of integers only. */
  readonly blank: number | undefined;
}

/** Pixels of one plane, in a file or in memory. */
export interface PlaneOfPixels extends StoredPixels {
  /** The file's descriptor, or the bytes of the plane alone. */
  readonly from: number | Uint8Array;
  /** The offset of the plane there. */
  readonly start: number;
  readonly width: number;
  readonly height: number;
}

/** Every n-th pixel of a plane, along both axes; undefined ones are NaN. */
export interface Samples {
  readonly values: Float64Array;
  readonly width: number;
  readonly height: number;
}

/** How much of a line is read at a time. */
const pieceBytes = 1024 * 1024;
/** Pixels that are farther apart than this are read one by one. */
const denseBytes = 4096;

/**
 * Subsamples a plane, so that its sides have at most a given number of samples: memory grows with these, not with the
 * plane.
 */
export function samplePlane(plane: PlaneOfPixels, maxSide: number): Samples {
  const step = Math.max(1, Math.ceil(Math.max(plane.width, plane.height) / maxSide));
  const [width, height] = [Math.ceil(plane.width / step), Math.ceil(plane.height / step)];
  const values = new Float64Array(width * height);
  const pixelBytes = Math.abs(plane.bitpix) / 8;
  const stepBytes = step * pixelBytes;
  const isDense = stepBytes <= denseBytes;
  const perRead = isDense ? Math.max(1, Math.floor(pieceBytes / stepBytes)) : 1;
  const buffer = Buffer.alloc(isDense ? perRead * stepBytes : pixelBytes);
  const valueAt = physicalValue(plane, buffer);
  for (let y = 0; y < height; y += 1) {
    const line = plane.start + y * step * plane.width * pixelBytes;
    for (let x = 0; x < width; x += perRead) {
      const count = Math.min(perRead, width - x);
      fill(plane.from, buffer.subarray(0, (count - 1) * stepBytes + pixelBytes), line + x * stepBytes);
      for (let index = 0; index < count; index += 1)
        values[y * width + x + index] = valueAt(index * stepBytes);
    }
  }
  return { values, width, height };
}

/** @throws the system's error; EIO if the file has become shorter */
function fill(from: number | Uint8Array, buffer: Buffer, position: number): void {
  if (typeof from !== 'number') {
    buffer.set(from.subarray(position, position + buffer.length));
    return;
  }
  for (let done = 0; done < buffer.length; ) {
    const bytesRead = readSync(from, buffer, done, buffer.length - done, position + done);
    if (bytesRead === 0) throw Object.assign(new Error('the file ends before its pixels'), { code: 'EIO' });
    done += bytesRead;
  }
}

/** How the stored pixel at an offset becomes a physical value (FITS standard 4.0 §4.4.2). Numbers are big-endian. */
function physicalValue(
  { bitpix, scale, zero, blank }: PlaneOfPixels,
  buffer: Buffer,
): (offset: number) => number {
  const scaled = (stored: number) => (stored === blank ? Number.NaN : zero + scale * stored);
  switch (bitpix) {
    case 8:
      return (offset) => scaled(buffer.readUInt8(offset));
    case 16:
      return (offset) => scaled(buffer.readInt16BE(offset));
    case 32:
      return (offset) => scaled(buffer.readInt32BE(offset));
    case 64:
      return (offset) => scaled(Number(buffer.readBigInt64BE(offset)));
    case -32:
      return (offset) => scaled(buffer.readFloatBE(offset));
    default:
      return (offset) => scaled(buffer.readDoubleBE(offset));
  }
}
