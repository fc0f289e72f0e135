import * as z from 'zod';

/** Where to create a file from the body's bytes. */
export const createFileQuerySchema = z.object({
  filename: z
    .string()
    .describe('with a body of bytes: path beneath the source storage; missing folders are created'),
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
  cursor: z.string().max(4096).optional().describe('next_cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** A name in Rucio. */
const didEntrySchema = z
  .object({
    source: z.string().describe('rucio://scope:name, for staging requests'),
    type: z.enum(['FILE', 'DATASET', 'CONTAINER']),
    size_bytes: z.number().int().nullable(),
    files: z.number().int().nullable().describe('how many files it has, if Rucio says so'),
  })
  .meta({ id: 'DidEntry' });

const directoryEntrySchema = z
  .object({
    name: z.string(),
    kind: z
      .enum(['file', 'directory', 'other'])
      .describe('of a link: what it leads to; other cannot be staged'),
    size_bytes: z.number().int().nullable(),
    modified_at: z.iso.datetime().nullable(),
    did: didEntrySchema.optional().describe('of a name in Rucio; the name is then scope:name'),
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
        sites: z.array(z.string()).describe('the RSEs that have it, if that is known'),
      })
      .meta({ id: 'ListedDid' })
      .optional()
      .describe('the dataset, container or file that was asked for'),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'DirectoryPage' });

export type DirectoryPage = z.output<typeof directoryPageSchema>;

/** Which file to preview. */
export const previewQuerySchema = z.object({
  path: z.string().describe('file beneath the source storage, or s3://bucket/key'),
});

const sizeBytes = z.number().int().nonnegative();
const truncated = z.boolean().describe('whether there is more than is shown');

/** A FITS card, or a long string continued over several cards (FITS standard 4.0 §4.2.1.2). */
const fitsCardSchema = z
  .object({
    keyword: z.string(),
    value: z.string().nullable().describe('a string without its quotes; other values as they are written'),
    comment: z.string().nullable(),
  })
  .meta({ id: 'FitsCard' });

const fitsHeaderSchema = z.object({ cards: z.array(fitsCardSchema) }).meta({ id: 'FitsHeader' });

/** The preview of a file. */
export const previewSchema = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('text'),
        text: z.string().describe('the first 64 KiB, as UTF-8'),
        truncated,
        size_bytes: sizeBytes,
      })
      .meta({ id: 'TextPreview' }),
    z
      .object({
        kind: z.literal('fits'),
        hdus: z.array(fitsHeaderSchema).describe('the headers, without the data'),
        truncated,
        size_bytes: sizeBytes,
      })
      .meta({ id: 'FitsPreview' }),
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

export type FitsCard = z.output<typeof fitsCardSchema>;
