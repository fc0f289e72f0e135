import * as z from 'zod';

/** The size of a file or of all in a folder. */
export const sizeBytes = z.number().int().nonnegative();

/** The answer when a file was created. */
export const createdFileSchema = z
  .object({
    status: z.literal('success'),
    message: z.string(),
    path: z.string().describe('path beneath the source storage, for staging requests'),
    size_bytes: z.number().int(),
  })
  .meta({ id: 'CreatedFile' });

/** A name in Rucio. */
const didEntrySchema = z
  .object({
    source: z.string().describe('rucio://scope:name, for staging requests'),
    type: z.enum(['FILE', 'DATASET', 'CONTAINER']),
    size_bytes: z.number().int().nullable(),
    files: z.number().int().nullable().describe('number of files, if Rucio reports it'),
  })
  .meta({ id: 'DidEntry' });

/** The formats of directories that are known as one item. */
export const directoryFormatSchema = z
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
