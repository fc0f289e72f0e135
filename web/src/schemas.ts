import { z } from 'zod';
import type { directoryPageSchema } from '../../shared/http/contract/files.ts';
import { operationSchema } from '../../shared/http/contract/operations.ts';

/** An answer to a staging request. The contract's own schema comes with a path parser that needs Node.js. */
export const stagedAnswerSchema = z.object({ message: z.string(), operation: operationSchema });

export type StagedAnswer = z.output<typeof stagedAnswerSchema>;
export type Operation = z.output<typeof operationSchema>;
export type DirectoryEntry = z.output<typeof directoryPageSchema>['entries'][number];
