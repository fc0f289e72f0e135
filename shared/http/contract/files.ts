import * as z from 'zod';

/** A file to create beneath the source storage. */
export const createFileBodySchema = z
  .object({
    filename: z.string().describe('path beneath the source storage; missing folders are made'),
    content: z.string().describe('text, written as UTF-8'),
  })
  .meta({ id: 'NewFile', example: { filename: 'survey/notes.txt', content: 'hello' } });

/** The answer when a file was created. */
export const createdFileSchema = z
  .object({
    status: z.literal('success'),
    message: z.string(),
    path: z.string().describe('path beneath the source storage, to be staged from'),
    size_bytes: z.number().int(),
  })
  .meta({ id: 'CreatedFile' });

/** Which directory of the source storage to list. */
export const browseQuerySchema = z.object({
  path: z.string().default('').describe('directory beneath the source storage; empty for its root'),
  cursor: z.string().optional().describe('next_cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** A page of a directory's entries, by name. */
export const directoryPageSchema = z
  .object({
    path: z.string(),
    entries: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['file', 'directory', 'other']).describe('what a link leads to; other cannot be staged'),
        size_bytes: z.number().int().nullable(),
        modified_at: z.iso.datetime().nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'DirectoryPage' });

export type DirectoryPage = z.output<typeof directoryPageSchema>;
