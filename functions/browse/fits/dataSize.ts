import type { FitsCard } from '../../../shared/http/contract/files.ts';

/** The length of a block, in bytes: headers and data occupy whole ones (FITS standard 4.0 §3.1). */
export const blockBytes = 2880;

const bitpixValues = [8, 16, 32, 64, -32, -64];

/**
 * The size of the data after a header in bytes, with padding (FITS standard 4.0 §4.4.1, §6.1.1, §7). Undefined if the
 * header does not say so, or the size is beyond that of any file.
 */
export function dataSize(cards: readonly FitsCard[]): number | undefined {
  // Reversed, as the first of several counts. A header may ask for a thousand keywords among thousands.
  const byKeyword = new Map(cards.toReversed().map(({ keyword, value }) => [keyword, value]));
  const find = (keyword: string) => byKeyword.get(keyword) ?? undefined;
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
  const padded = Math.ceil(bytes / blockBytes) * blockBytes;
  return Number.isSafeInteger(padded) ? padded : undefined;
}
