import * as z from 'zod';
import { logLevels } from '../../logging/logLevel.ts';

/** Which lines of the log to show. */
export const logQuerySchema = z.object({
  level: z
    .string()
    .toUpperCase()
    .pipe(z.enum(logLevels))
    .meta({ override: { enum: [...logLevels] } })
    .optional()
    .describe('lines of this level or above, in upper or lower case'),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('how many of the newest lines'),
  operation: z.uuid().optional().describe('only lines of this operation'),
});

/** Which lines of the log to start with, and to stream. */
export const logStreamQuerySchema = logQuerySchema.extend({
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(100)
    .describe('how many of the newest lines to start with'),
});

/** How many hours to cover. */
export const overviewQuerySchema = z.object({
  hours: z.coerce.number().int().min(1).max(168).default(24),
});

/** The names of the components whose health is shown. */
export const healthNames = [
  'database',
  'source_storage',
  'user_areas',
  'jupyterhub',
  'object_store',
  'redis',
] as const;
