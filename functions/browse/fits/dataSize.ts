import type { FitsCard } from '../../../shared/http/contract/previews.ts';
import { keywordsOf } from './keywords.ts';

/** The length of a block, in bytes: headers and data occupy whole ones (FITS standard 4.0 §3.1). */
export const blockBytes = 2880;

/** The types of data: bits of integers, and negative ones of floating-point numbers. */
export const bitpixValues: readonly number[] = [8, 16, 32, 64, -32, -64];

/**
 * The size of the data after a header in bytes, without padding (FITS standard 4.0 §4.4.1, §6.1.1, §7). Undefined if
 * the header does not contain it, or it exceeds the size of any file.
 */
export function dataSize(cards: readonly FitsCard[]): number | undefined {
  const { text: find } = keywordsOf(cards);
  const count = (keyword: string, otherwise?: number) => {
    const value = find(keyword);
    if (value === undefined) return otherwise;
    return /^\+?\d{1,15}$/.test(value) ? Number(value) : undefined;
  };
  const bitpix = bitpixValues.find((value) => String(value) === find('BITPIX')?.replace('+', ''));
  const axes = count('NAXIS');
  if (bitpix === undefined || axes === undefined || axes > 999) return undefined;
  if (axes === 0) return 0;
  const hasGroups = find('GROUPS') === 'T' && count('NAXIS1') === 0;
  const lengths = Array.from({ length: axes }, (_, axis) => count(`NAXIS${axis + 1}`));
  const factors = hasGroups ? lengths.slice(1) : lengths;
  const [parameters, groups] = [count('PCOUNT', 0), count('GCOUNT', 1)];
  if (parameters === undefined || groups === undefined) return undefined;
  let values = 1;
  for (const factor of factors) {
    if (factor === undefined) return undefined;
    values *= factor;
  }
  const bytes = (Math.abs(bitpix) / 8) * groups * (parameters + values);
  return Number.isSafeInteger(wholeBlocks(bytes)) ? bytes : undefined;
}

/** A size with its padding. */
export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}
