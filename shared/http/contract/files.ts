import * as z from 'zod';

/** Where to create a file from the body's bytes. */
export const createFileQuerySchema = z.object({
  filename: z
    .string()
    .describe('for a binary body: path beneath the source storage; missing folders are created'),
});

/** A file to create beneath the source storage. */
export const createFileBodySchema = z
  .object({
    filename: z.string().describe('path beneath the source storage; missing folders are created'),
    content: z.string().describe('text, written as UTF-8'),
  })
  .meta({ id: 'NewFile', example: { filename: 'survey/notes.txt', content: 'hello' } });

/** The answer when a file was created. */
export const createdFileSchema = z
  .object({
    status: z.literal('success'),
    message: z.string(),
    path: z.string().describe('path beneath the source storage, for staging requests'),
    size_bytes: z.number().int(),
  })
  .meta({ id: 'CreatedFile' });

/** Which directory of the source storage to list. */
export const browseQuerySchema = z.object({
  path: z
    .string()
    .default('')
    .describe(
      'directory beneath the source storage, empty for its root; s3://bucket/prefix/, or s3:// for the buckets; rucio://scope:name, or rucio://scope:pattern with * to search',
    ),
  cursor: z.string().max(4096).optional().describe('next_cursor of the previous page'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** A name in Rucio. */
const didEntrySchema = z
  .object({
    source: z.string().describe('rucio://scope:name, for staging requests'),
    type: z.enum(['FILE', 'DATASET', 'CONTAINER']),
    size_bytes: z.number().int().nullable(),
    files: z.number().int().nullable().describe('number of files, if Rucio reports it'),
  })
  .meta({ id: 'DidEntry' });

const directoryFormatSchema = z
  .enum(['measurement_set', 'casa_image', 'casa_table', 'zarr'])
  .describe('format of a directory that is one item, and is staged as a whole');

export type DirectoryFormat = z.output<typeof directoryFormatSchema>;

const directoryEntrySchema = z
  .object({
    name: z.string(),
    kind: z
      .enum(['file', 'directory', 'other'])
      .describe('for a link, the kind of its target; other cannot be staged'),
    size_bytes: z.number().int().nullable(),
    modified_at: z.iso.datetime().nullable(),
    format: directoryFormatSchema.optional(),
    did: didEntrySchema.optional().describe('for an entry of Rucio; its name is then scope:name'),
  })
  .meta({ id: 'DirectoryEntry' });

/** One page of the entries of a directory, bucket, prefix or data identifier, by name. */
export const directoryPageSchema = z
  .object({
    path: z.string(),
    entries: z.array(directoryEntrySchema),
    did: didEntrySchema
      .extend({
        open: z.boolean(),
        sites: z.array(z.string()).describe('the RSEs that have a replica, if known'),
      })
      .meta({ id: 'ListedDid' })
      .optional()
      .describe('the requested dataset, container or file'),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'DirectoryPage' });

export type DirectoryPage = z.output<typeof directoryPageSchema>;

/** Which file to preview. */
export const previewQuerySchema = z.object({
  path: z.string().describe('file beneath the source storage, or s3://bucket/key'),
});

const sizeBytes = z.number().int().nonnegative();
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

const hdu = z.coerce.number().int().min(0).max(99);

/** The functions that map values to grey, as in astropy's stretches of these names. */
const stretches = ['linear', 'log', 'asinh'] as const;

export type Stretch = (typeof stretches)[number];

/** Which picture to draw. */
export const pictureQuerySchema = z.object({
  path: z.string().describe('FITS file beneath the source storage, or s3://bucket/key'),
  hdu: hdu.default(0).describe('which of its HDUs, from 0'),
  plane: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe('which plane, from 0'),
  stretch: z.enum(stretches).default('linear'),
  percent: z.coerce
    .number()
    .min(1)
    .max(100)
    .default(99.5)
    .describe('percentage of the values, around their median, that lies between black and white'),
  size: z.coerce
    .number()
    .int()
    .min(16)
    .max(2048)
    .default(1024)
    .describe('maximum number of pixels along a side'),
});

/** Which folder to measure. */
export const folderSizeQuerySchema = z.object({
  path: z.string().describe('directory beneath the source storage, empty for its root'),
});

/** The contents of a folder, measured. */
export const folderSizeSchema = z
  .object({
    size_bytes: sizeBytes,
    files: z.number().int(),
    folders: z.number().int(),
    links: z.number().int().describe('links, which are not followed'),
    complete: z.boolean().describe('false if counting took too long: the numbers are then lower bounds'),
  })
  .meta({ id: 'FolderSize' });

/** What to search for, and where. */
export const searchQuerySchema = z.object({
  path: z.string().default('').describe('directory beneath the source storage, empty for its root'),
  text: z.string().min(1).max(255).optional().describe('part of a name, case-insensitive'),
  glob: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('pattern for the path relative to the directory: *, ?, [abc], and ** for any directories'),
  cursor: z.string().max(8192).optional().describe('next_cursor of the previous page'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** One page of results, by path. */
export const searchPageSchema = z
  .object({
    path: z.string(),
    entries: z.array(directoryEntrySchema).describe('names are paths relative to the directory'),
    examined: z.number().int().describe('number of entries examined for this page'),
    next_cursor: z.string().nullable().describe('cursor of the next page; an empty page may have one'),
  })
  .meta({ id: 'SearchPage' });

export type SearchPage = z.output<typeof searchPageSchema>;

/** Paths to check. */
export const checkPathsBodySchema = z
  .object({ paths: z.array(z.string().max(8192)).min(1).max(1000) })
  .meta({ id: 'PathsToCheck', example: { paths: ['survey/m31.fits', 'survey/SBID123/beam0*.fits'] } });

const checkedPathSchema = z
  .object({
    path: z.string().describe('as it was given'),
    kind: z
      .enum(['file', 'directory', 'pattern', 'did'])
      .nullable()
      .describe('null if it cannot be staged; data identifiers are not looked up in Rucio'),
    size_bytes: z.number().int().nullable().describe('of a file'),
    format: directoryFormatSchema.optional(),
    code: z.string().nullable().describe('the code of the error, if it cannot be staged'),
    reason: z.string().nullable().describe('a sentence, if it cannot be staged'),
    nearest: z.string().nullable().describe('an existing path with the most similar name'),
    matches: z.array(z.string()).optional().describe('of a pattern: the paths that match it'),
    complete: z.boolean().optional().describe('of a pattern: false if there may be more matches'),
  })
  .meta({ id: 'CheckedPath' });

export type CheckedPath = z.output<typeof checkedPathSchema>;

/** The result for each path, in the given order. */
export const checkedPathsSchema = z
  .object({ paths: z.array(checkedPathSchema) })
  .meta({ id: 'CheckedPaths' });

/** Which rows of a table to show: its first ones. */
export const tableRowsQuerySchema = z.object({
  path: z.string().describe('FITS file beneath the source storage, or s3://bucket/key'),
  hdu: hdu.default(1).describe('which of its HDUs, from 0'),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

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
