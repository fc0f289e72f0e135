import * as z from 'zod';
import { directoryFormatSchema, sizeBytes } from './files.ts';

const truncated = z.boolean().describe('whether the content is longer than what is shown');

/** A FITS card, or a long string continued over several cards (FITS standard 4.0 §4.2.1.2). */
const fitsCardSchema = z
  .object({
    keyword: z.string(),
    value: z.string().nullable().describe('a string without its quotes; other values as written in the file'),
    comment: z.string().nullable(),
  })
  .meta({ id: 'FitsCard' });

const describedHdu = {
  name: z.string().nullable().describe('EXTNAME'),
  object: z.string().nullable(),
  telescope: z.string().nullable(),
  instrument: z.string().nullable(),
  observed_at: z.string().nullable().describe('DATE-OBS, as written in the file'),
  problem: z.string().nullable().describe('why its data cannot be shown, as a sentence'),
  cards: z.array(fitsCardSchema).describe('its header'),
};

const degrees = z.number().describe('in degrees');

const fitsImageSchema = z
  .object({
    kind: z
      .enum(['image', 'compressed_image'])
      .describe('pictures are available only of images that are not compressed'),
    shape: z.array(z.number().int()).describe('the lengths of its axes: NAXIS1, NAXIS2, …'),
    pixel_type: z.string().describe('such as float32 or uint16'),
    planes: z.number().describe('number of two-dimensional planes'),
    unit: z.string().nullable().describe('BUNIT'),
    compression: z.string().nullable().describe('ZCMPTYPE of a compressed image'),
    centre: z
      .object({ frame: z.string(), longitude_deg: degrees, latitude_deg: degrees })
      .nullable()
      .describe('the middle of the image on the sky'),
    pixel_scale_deg: z
      .array(z.number())
      .nullable()
      .describe('in degrees: along longitude, and along latitude'),
    frequency_hz: z
      .object({ min: z.number(), max: z.number() })
      .nullable()
      .describe('of the first and the last channel, in Hz'),
    beam: z
      .object({ major_deg: degrees, minor_deg: degrees, position_angle_deg: degrees.nullable() })
      .nullable(),
    ...describedHdu,
  })
  .meta({ id: 'FitsImage' });

const fitsTableSchema = z
  .object({
    kind: z.literal('table'),
    rows: z.number().int(),
    columns: z.array(z.object({ name: z.string(), format: z.string(), unit: z.string().nullable() })),
    ...describedHdu,
  })
  .meta({ id: 'FitsTable' });

const fitsOtherSchema = z
  .object({
    kind: z
      .enum(['empty', 'other', 'invalid'])
      .describe('no data, data of another kind, or an invalid header'),
    ...describedHdu,
  })
  .meta({ id: 'FitsOther' });

/** A header and data unit of a FITS file. */
const fitsHduSchema = z
  .discriminatedUnion('kind', [fitsImageSchema, fitsTableSchema, fitsOtherSchema])
  .meta({ id: 'FitsHdu' });

export type FitsHdu = z.output<typeof fitsHduSchema>;

/** The preview of a file. */
export const previewSchema = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('text'),
        text: z.string().describe('the first 64 KiB, decoded as UTF-8'),
        truncated,
        size_bytes: sizeBytes,
      })
      .meta({ id: 'TextPreview' }),
    z
      .object({
        kind: z.literal('fits'),
        hdus: z.array(fitsHduSchema).describe('its headers, and what they describe'),
        truncated,
        size_bytes: sizeBytes,
      })
      .meta({ id: 'FitsPreview' }),
    z
      .object({
        kind: z.literal('dataset'),
        format: directoryFormatSchema,
        tables: z.array(z.string()).describe('the subtables of a casacore table'),
      })
      .meta({ id: 'DatasetPreview' }),
    z
      .object({
        kind: z.literal('binary'),
        size_bytes: sizeBytes,
        magic: z.string().nullable().describe('the format by its first bytes, if known'),
      })
      .meta({ id: 'BinaryPreview' }),
  ])
  .meta({ id: 'Preview' });

export type Preview = z.output<typeof previewSchema>;

/** The first rows of a table. */
export const tableRowsSchema = z
  .object({
    columns: z.array(z.string()),
    rows: z.array(z.array(z.string().nullable())).describe('the cells as strings; null for a missing value'),
    rows_total: z.number().int(),
  })
  .meta({ id: 'TableRows' });

export type TableRows = z.output<typeof tableRowsSchema>;

export type FitsCard = z.output<typeof fitsCardSchema>;
