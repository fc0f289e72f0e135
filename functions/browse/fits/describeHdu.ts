import type { FitsCard, FitsHdu } from '../../../shared/http/contract/answers/previews.ts';
import { type Keywords, keywordsOf } from './cards.ts';
import { bitpixValues, type HduPlace } from './readHeaders.ts';
import type { StoredPixels } from './samplePlane.ts';
import { skyCoordinates } from './sky.ts';
import { type TableLayout, tableLayout } from './tableLayout.ts';

/** The data that a header describes: an image, perhaps compressed, a table, nothing, or an unknown extension. */
export type HduData =
  | { readonly kind: 'image' | 'compressed_image'; readonly layout: ImageLayout }
  | { readonly kind: 'table'; readonly layout: TableLayout }
  | { readonly kind: 'empty' | 'other' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** The kind of the data after a header. */
export function dataOf(keywords: Keywords): HduData {
  const extension = keywords.text('XTENSION')?.trim();
  if (extension === 'BINTABLE' && keywords.text('ZIMAGE') === 'T') {
    return imageOrReason(imageLayout(keywords, 'Z'), 'compressed_image');
  }
  if (extension === 'BINTABLE' || extension === 'TABLE') {
    const layout = tableLayout(keywords, extension === 'TABLE');
    return typeof layout === 'string' ? { kind: 'invalid', reason: layout } : { kind: 'table', layout };
  }
  if (extension !== undefined && extension !== 'IMAGE') return { kind: 'other' };
  // Random groups (§6) have a first axis without pixels.
  if (keywords.text('GROUPS') === 'T') return { kind: 'other' };
  return imageOrReason(imageLayout(keywords), 'image');
}

function imageOrReason(layout: ImageLayout | string, kind: 'image' | 'compressed_image'): HduData {
  if (typeof layout === 'string') return { kind: 'invalid', reason: layout };
  return layout.shape.length === 0 ? { kind: 'empty' } : { kind, layout };
}

/**
 * An HDU for display: its kind, its properties, and its whole header. `primary` has the keywords that extensions omit.
 */
export function describeHdu(place: HduPlace, primary: readonly FitsCard[]): FitsHdu {
  const { cards } = place;
  const keywords = keywordsOf(cards);
  const data = dataOf(keywords);
  const general = keywordsOf([...cards, ...primary]);
  const described = {
    name: keywords.text('EXTNAME')?.trim() ?? null,
    object: general.text('OBJECT') ?? null,
    telescope: general.text('TELESCOP') ?? null,
    instrument: general.text('INSTRUME') ?? null,
    observed_at: general.text('DATE-OBS') ?? null,
    problem: problemOf(place, data),
    cards,
  };
  if (data.kind === 'table') {
    const columns = data.layout.columns.map(({ name, format, unit }) => ({ name, format, unit }));
    return { kind: 'table', rows: data.layout.rows, columns, ...described };
  }
  if (data.kind !== 'image' && data.kind !== 'compressed_image') return { kind: data.kind, ...described };
  return {
    kind: data.kind,
    shape: [...data.layout.shape],
    pixel_type: pixelType(data.layout),
    planes: planesOf(data.layout),
    unit: keywords.text('BUNIT')?.trim() ?? null,
    compression: keywords.text('ZCMPTYPE')?.trim() ?? null,
    ...skyCoordinates(keywords, data.layout.shape),
    beam: beamOf(keywords),
    ...described,
  };
}

function beamOf(keywords: Keywords) {
  const [major, minor] = [keywords.number('BMAJ'), keywords.number('BMIN')];
  if (major === undefined || minor === undefined) return null;
  return { major_deg: major, minor_deg: minor, position_angle_deg: keywords.number('BPA') ?? null };
}

/** Why the data cannot be shown, as a sentence. */
function problemOf({ dataBytes, availableBytes }: HduPlace, data: HduData): string | null {
  if (data.kind === 'invalid') return `Its header does not say what the data is: ${data.reason}.`;
  if (dataBytes === undefined) return 'Its header says of more data than any file has, or has no end.';
  if (dataBytes > availableBytes)
    return `The file ends before its data does: ${availableBytes} of ${dataBytes} bytes are there.`;
  return null;
}

/** The shape of an image, and how its pixels are stored. */
interface ImageLayout extends StoredPixels {
  /** The lengths of its axes, the fastest varying first. */
  readonly shape: readonly number[];
}

/** No standard file has more axes than this (§4.4.1.1). */
const maxAxes = 999;

/**
 * The layout of the image that a header describes, or why there is none, as the end of a sentence. With the prefix `Z`
 * it is the image inside a compressed one (§10.1).
 */
function imageLayout(keywords: Keywords, prefix: '' | 'Z' = ''): ImageLayout | string {
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
function pixelType({ bitpix, scale, zero }: ImageLayout): string {
  const shifted = shiftedTypes[bitpix];
  if (scale === 1 && shifted?.zero === zero) return shifted.name;
  if (bitpix < 0) return `float${-bitpix}`;
  return bitpix === 8 ? 'uint8' : `int${bitpix}`;
}

/** The number of two-dimensional planes of an image: one for each position on its further axes. */
export function planesOf({ shape }: Pick<ImageLayout, 'shape'>): number {
  return shape.length < 2 ? 0 : shape.slice(2).reduce((product, length) => product * length, 1);
}
