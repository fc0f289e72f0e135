import type { Stretch } from '../../../shared/http/contract/previews.ts';
import { encodePng } from '../fits/png.ts';
import { type PlaneOfPixels, type Samples, samplePlane } from '../fits/samplePlane.ts';
import { greyOf, type Limits, percentileLimits } from '../fits/stretch.ts';

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
