import { StagingError } from '../../../shared/errors/stagingError.ts';
import type { FitsCard } from '../../../shared/http/contract/answers/previews.ts';
import type { ReadableFile } from '../../../shared/storage/source.ts';
import { cardBytes, keywordsOf, parseCards } from './cards.ts';

/** The length of a block, in bytes: headers and data occupy whole ones (FITS standard 4.0 §3.1). */
const blockBytes = 2880;

/** The maximum that is shown: more than anybody reads, and small enough for one answer. */
const maxHeaderBytes = 360 * blockBytes;
const maxHdus = 100;

/** How much is read at a time: most headers are shorter. */
const readBytes = 10 * blockBytes;

/** A header, and the location of its data. */
export interface HduPlace {
  readonly cards: FitsCard[];
  /** The offset of its data, in bytes. */
  readonly dataStart: number;
  /** The size of its data according to the header, without padding; undefined if the header does not contain it. */
  readonly dataBytes: number | undefined;
  /** The size of the file from there on. */
  readonly availableBytes: number;
}

/** The headers of a FITS file, and whether there are more of them, or one has no end. */
export interface FitsHeaders {
  readonly hdus: readonly HduPlace[];
  readonly truncated: boolean;
}

interface Header {
  readonly cards: FitsCard[];
  /** Its size in whole blocks; undefined if its END was not found. */
  readonly sizeBytes: number | undefined;
}

/** Whether a file starts like FITS (FITS standard 4.0 §4.4.1.1). */
export function isFits(head: Buffer): boolean {
  return /^SIMPLE {2}= *[TF][ /]/.test(head.toString('latin1', 0, cardBytes));
}

/** Whether a file is FITS, by its first card. */
async function isFitsFile(file: ReadableFile, signal: AbortSignal): Promise<boolean> {
  const head = Buffer.alloc(Math.min(cardBytes, file.sizeBytes));
  if (head.length > 0) await file.read(head, 0, signal);
  return isFits(head);
}

/**
 * The headers of all HDUs, up to 100 of them and about 1 MiB: from each to the next, skipping its data, whose size it
 * contains. The file may be malformed: each step advances by at least one block, and never reads beyond the limit.
 */
export async function readHeaders(file: ReadableFile, signal: AbortSignal): Promise<FitsHeaders> {
  const hdus: HduPlace[] = [];
  let position = 0;
  let leftBytes = maxHeaderBytes;
  while (position + cardBytes <= file.sizeBytes) {
    if (hdus.length === maxHdus || leftBytes < blockBytes) return { hdus, truncated: true };
    const { cards, sizeBytes } = await readHeader(file, position, leftBytes, signal);
    // Trailing data after the last HDU is ignored (§3.5).
    if (hdus.length > 0 && cards[0]?.keyword !== 'XTENSION') break;
    const dataBytes = sizeBytes === undefined ? undefined : dataSize(cards);
    const dataStart = position + (sizeBytes ?? 0);
    hdus.push({ cards, dataStart, dataBytes, availableBytes: Math.max(0, file.sizeBytes - dataStart) });
    if (sizeBytes === undefined || dataBytes === undefined) return { hdus, truncated: true };
    position = dataStart + wholeBlocks(dataBytes);
    leftBytes -= sizeBytes;
  }
  return { hdus, truncated: false };
}

async function readHeader(
  file: ReadableFile,
  start: number,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Header> {
  const images: string[] = [];
  const end = Math.min(file.sizeBytes, start + maxBytes);
  for (let position = start; position + cardBytes <= end; position += readBytes) {
    const bytes = Buffer.alloc(Math.min(readBytes, end - position));
    await file.read(bytes, position, signal);
    for (let offset = 0; offset + cardBytes <= bytes.length; offset += cardBytes) {
      const image = printable(bytes.toString('latin1', offset, offset + cardBytes));
      if (image.trimEnd() === 'END') {
        return { cards: parseCards(images), sizeBytes: wholeBlocks(position + offset + cardBytes - start) };
      }
      images.push(image);
    }
  }
  return { cards: parseCards(images), sizeBytes: undefined };
}

/** Headers contain only the printable characters of ASCII (§3.2). */
export function printable(text: string): string {
  return text.replaceAll(/[^ -~]/g, '\u{fffd}');
}

/** The HDU of this number in a FITS file, from 0. @throws PREVIEW_IMPOSSIBLE */
export async function findHdu(
  file: ReadableFile,
  { path, hdu: number }: { readonly path: string; readonly hdu: number },
  signal: AbortSignal,
): Promise<HduPlace> {
  if (!(await isFitsFile(file, signal))) throw impossible(path, 'it is not a FITS file');
  const { hdus } = await readHeaders(file, signal);
  const hdu = hdus[number];
  if (!hdu) throw impossible(path, `it has ${hdus.length} HDUs that can be read, counted from 0`);
  return hdu;
}

/** Why nothing can be shown, as the end of a sentence. */
export function impossible(path: string, reason: string): StagingError {
  return new StagingError('PREVIEW_IMPOSSIBLE', { path, reason });
}

/** The types of data: bits of integers, and negative ones of floating-point numbers. */
export const bitpixValues: readonly number[] = [8, 16, 32, 64, -32, -64];

/**
 * The size of the data after a header in bytes, without padding (FITS standard 4.0 §4.4.1, §6.1.1, §7). Undefined if
 * the header does not contain it, or it exceeds the size of any file.
 */
function dataSize(cards: readonly FitsCard[]): number | undefined {
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
function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}
