import * as z from 'zod';
import { stagingMethodNames } from '../../model/methods.ts';

const count = z.number().int().nonnegative();
const ended = { completed: count, error: count, aborted: count };
const bytes = count.describe('of completed operations');
const seconds = z.number().nonnegative().nullable();

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

/** The health of the service, and its recent activity. */
export const overviewSchema = z
  .object({
    since: z.iso
      .datetime()
      .describe('only operations requested since then are counted, at most the newest 50,000'),
    hours: z
      .array(
        z
          .object({ hour: z.iso.datetime().describe('start of the hour'), ...ended, bytes })
          .meta({ id: 'HourOfOverview' }),
      )
      .describe('by the hour of the request; empty when the database does not answer'),
    methods: z
      .array(
        z
          .object({
            method: z.enum(stagingMethodNames),
            ...ended,
            bytes,
            median_seconds: seconds.describe('of the newest 200 completed operations'),
            p90_seconds: seconds.describe('the 90th percentile of those'),
          })
          .meta({ id: 'MethodOfOverview' }),
      )
      .describe('methods with ended operations; empty when the database does not answer'),
    storages: z.array(
      z
        .object({
          name: z.enum(['source', 'user_areas']),
          total_bytes: count.nullable().describe('null when the storage does not answer'),
          free_bytes: count.nullable(),
          reserved_bytes: count
            .nullable()
            .describe(
              'space reserved for running operations of the process that answers; null if it runs none',
            ),
        })
        .meta({ id: 'StorageOfOverview' }),
    ),
    queue: z
      .object({
        queued: count.describe('up to 50,000'),
        executing: count.describe('up to 50,000'),
        oldest_queued_seconds: seconds,
      })
      .meta({ id: 'QueueOfOverview' })
      .nullable()
      .describe('null when the database does not answer'),
    health: z.array(
      z
        .object({
          name: z.enum(healthNames),
          state: z.enum(['ok', 'down', 'not_configured']),
          detail: z.string().nullable().describe('what is wrong'),
        })
        .meta({ id: 'HealthOfOverview' }),
    ),
  })
  .meta({ id: 'Overview' });

export type Overview = z.output<typeof overviewSchema>;
