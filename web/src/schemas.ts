import { z } from 'zod';
import { operationSchema } from '../../shared/http/contract/operations.ts';

/** `GET /config/allowed-methods`. */
export const allowedMethodsSchema = z.object({ allowed_methods: z.array(z.string()) });

/** An answer to a staging request; the server's own schema drags in its path parser, which needs Node.js. */
export const stagedAnswerSchema = z.object({ message: z.string(), operation: operationSchema });

/** `GET /browse`: one page of a folder of the source storage. */
export const browsePageSchema = z.object({
  path: z.string(),
  entries: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['file', 'directory', 'other']),
      size_bytes: z.number().nullable(),
      modified_at: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
});

/** `POST /create-file`. */
export const fileCreatedSchema = z.object({ message: z.string() });

export type Operation = z.output<typeof operationSchema>;
export type StagedAnswer = z.output<typeof stagedAnswerSchema>;
export type BrowsePage = z.output<typeof browsePageSchema>;
export type BrowseEntry = BrowsePage['entries'][number];
