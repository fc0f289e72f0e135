import type { FitsCard, FitsHdu } from '../../../shared/http/contract/previews.ts';
import { type ImageLayout, imageLayout, pixelType, planesOf } from './imageLayout.ts';
import { type Keywords, keywordsOf } from './keywords.ts';
import type { HduPlace } from './readHeaders.ts';
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
    ...coordinatesOf(keywords, data.layout.shape),
    beam: beamOf(keywords),
    ...described,
  };
}

function coordinatesOf(keywords: Keywords, shape: readonly number[]) {
  const { centre, pixel_scale_deg, frequency_hz } = skyCoordinates(keywords, shape);
  return { centre, pixel_scale_deg: pixel_scale_deg && [...pixel_scale_deg], frequency_hz };
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
