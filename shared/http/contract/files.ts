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

/** Which folder to measure. */
export const folderSizeQuerySchema = z.object({
  path: z.string().describe('directory beneath the source storage, empty for its root'),
});

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

/** Paths to check. */
export const checkPathsBodySchema = z
  .object({ paths: z.array(z.string().max(8192)).min(1).max(1000) })
  .meta({ id: 'PathsToCheck', example: { paths: ['survey/m31.fits', 'survey/SBID123/beam0*.fits'] } });
