import { bitpixValues } from './dataSize.ts';
import type { Keywords } from './keywords.ts';

/** How the pixels of an image are stored (FITS standard 4.0 §4.4.1, §4.4.2). */
export interface ImageLayout {
  readonly bitpix: number;
  /** The lengths of its axes, the fastest varying first. */
  readonly shape: readonly number[];
  /** The physical value of a pixel is `zero + scale * stored value`. */
  readonly scale: number;
  readonly zero: number;
  /** The stored value of undefined pixels, of integers only. */
  readonly blank: number | undefined;
}

/** No standard file has more axes than this (§4.4.1.1). */
const maxAxes = 999;

/**
 * The layout of the image that a header describes, or why there is none, as the end of a sentence. With the prefix `Z`
 * it is the image inside a compressed one (§10.1).
 */
export function imageLayout(keywords: Keywords, prefix: '' | 'Z' = ''): ImageLayout | string {
  const bitpixText = keywords.text(`${prefix}BITPIX`);
  const bitpix = bitpixValues.find((value) => value === keywords.number(`${prefix}BITPIX`));
  if (bitpix === undefined)
    return `${prefix}BITPIX is ${bitpixText ?? 'missing'}, and pixels can have 8, 16, 32, 64, -32 or -64 bits`;
  const axes = keywords.number(`${prefix}NAXIS`);
  if (axes === undefined || !Number.isInteger(axes) || axes < 0 || axes > maxAxes)
    return `${prefix}NAXIS is ${keywords.text(`${prefix}NAXIS`) ?? 'missing'}, and an image has 0 to ${maxAxes} axes`;
  const shape: number[] = [];
  for (let axis = 1; axis <= axes; axis += 1) {
    const keyword = `${prefix}NAXIS${axis}`;
    const length = keywords.number(keyword);
    if (length === undefined || !Number.isSafeInteger(length) || length < 0)
      return `${keyword} is ${keywords.text(keyword) ?? 'missing'}, which is no length of an axis`;
    shape.push(length);
  }
  return {
    bitpix,
    shape,
    scale: keywords.number('BSCALE') ?? 1,
    zero: keywords.number('BZERO') ?? 0,
    blank: bitpix > 0 ? keywords.number(prefix === 'Z' ? 'ZBLANK' : 'BLANK') : undefined,
  };
}

/** The offsets that turn signed integers into unsigned ones, and unsigned bytes into signed ones (§4.4.2.5). */
const shiftedTypes: Readonly<Record<number, { readonly zero: number; readonly name: string }>> = {
  8: { zero: -128, name: 'int8' },
  16: { zero: 2 ** 15, name: 'uint16' },
  32: { zero: 2 ** 31, name: 'uint32' },
  64: { zero: 2 ** 63, name: 'uint64' },
};

/** The type of the pixels, by its common name. */
export function pixelType({ bitpix, scale, zero }: ImageLayout): string {
  const shifted = shiftedTypes[bitpix];
  if (scale === 1 && shifted?.zero === zero) return shifted.name;
  if (bitpix < 0) return `float${-bitpix}`;
  return bitpix === 8 ? 'uint8' : `int${bitpix}`;
}

/** The number of two-dimensional planes of an image: one for each position on its further axes. */
export function planesOf({ shape }: Pick<ImageLayout, 'shape'>): number {
  return shape.length < 2 ? 0 : shape.slice(2).reduce((product, length) => product * length, 1);
}
