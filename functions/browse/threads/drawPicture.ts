import { crc32, deflateSync } from 'node:zlib';
import type { Stretch } from '../../../shared/http/contract/previews.ts';
import { type PlaneOfPixels, type Samples, samplePlane } from '../fits/samplePlane.ts';

/** A picture to draw. */
export interface PictureTask {
  readonly plane: PlaneOfPixels;
  readonly stretch: Stretch;
  readonly percent: number;
  /** The most pixels along a side. */
  readonly size: number;
}

/** A drawn picture, or the system's error code; without limits no pixel has a value. */
export type Drawn =
  | { readonly png: Uint8Array; readonly limits: Limits }
  | { readonly limits: undefined }
  | { readonly code: string };

/** Draws a plane in grey, its first line at the bottom. */
export function drawPicture({ plane, stretch, percent, size }: PictureTask): Drawn {
  try {
    const samples = samplePlane(plane, size);
    const limits = percentileLimits(samples.values, percent);
    if (!limits) return { limits: undefined };
    const pixels = greyPixels(samples, greyOf(limits, stretch));
    return { png: encodePng(pixels, samples.width, samples.height), limits };
  } catch (error) {
    // An error object loses its code between threads.
    if (error instanceof Error && 'code' in error) return { code: String(error.code) };
    throw error;
  }
}

/** Grey levels, upside down; with opacity if some pixels are undefined, which are transparent. */
function greyPixels({ values, width, height }: Samples, grey: (value: number) => number): Uint8Array {
  const channels = values.some(Number.isNaN) ? 2 : 1;
  const pixels = new Uint8Array(values.length * channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = values[(height - 1 - y) * width + x] ?? Number.NaN;
      const at = (y * width + x) * channels;
      pixels[at] = Number.isNaN(value) ? 0 : grey(value);
      if (channels === 2) pixels[at + 1] = Number.isNaN(value) ? 0 : 255;
    }
  }
  return pixels;
}

/** The values that are drawn black and white. */
interface Limits {
  readonly low: number;
  readonly high: number;
}

/**
 * The limits that exclude the same share of the finite values at each end, interpolated between neighbours; undefined
 * if no value is finite.
 */
function percentileLimits(values: Float64Array, percent: number): Limits | undefined {
  const sorted = values.filter(Number.isFinite).sort();
  const at = (fraction: number) => {
    const place = fraction * (sorted.length - 1);
    const [below = 0, above = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place - Math.floor(place));
  };
  const left = (100 - percent) / 200;
  return sorted.length === 0 ? undefined : { low: at(left), high: at(1 - left) };
}

/** From 0…1 to 0…1, with astropy's default parameters: a = 1000 for log, a = 0.1 for asinh. */
const curves: Readonly<Record<Stretch, (part: number) => number>> = {
  linear: (part) => part,
  log: (part) => Math.log(1000 * part + 1) / Math.log(1001),
  asinh: (part) => Math.asinh(part / 0.1) / Math.asinh(10),
};

/** The grey level of a value, 0 to 255. */
function greyOf({ low, high }: Limits, stretch: Stretch): (value: number) => number {
  const curve = curves[stretch];
  const span = high - low;
  return (value) => {
    // An image with a single value is black.
    const part = span > 0 ? Math.min(1, Math.max(0, (value - low) / span)) : 0;
    return Math.min(255, Math.floor(curve(part) * 256));
  };
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/** Colour types of PNG (RFC 2083 §4.1.1). */
const greyscale = { opaque: 0, withAlpha: 4 };

/**
 * Pixels as a PNG: a byte of grey each, or two with one of opacity. It takes only three chunks and zlib, so a library
 * would not save code here.
 */
function encodePng(pixels: Uint8Array, width: number, height: number): Buffer {
  const lineBytes = pixels.length / height;
  const colourType = lineBytes === width ? greyscale.opaque : greyscale.withAlpha;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  // Each line begins with the number of its filter: none.
  const lines = Buffer.alloc((lineBytes + 1) * height);
  for (let line = 0; line < height; line += 1) {
    lines.set(pixels.subarray(line * lineBytes, (line + 1) * lineBytes), line * (lineBytes + 1) + 1);
  }
  const data = deflateSync(lines, { level: 3 });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Length, type, data, and the checksum of type and data (§3.2). */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
