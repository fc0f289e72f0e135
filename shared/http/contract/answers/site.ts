import * as z from 'zod';
import { logLevels } from '../../../logging/logLevel.ts';
import { stagingMethodNames } from '../../../model/methods.ts';
import { healthNames } from '../site.ts';
import { count, text, time } from './operations.ts';

const allowedMethods = z.array(z.enum(stagingMethodNames));

/** The running version. */
export const versionSchema = z
  .object({
    version: text.describe('version of the service; null if it was not built'),
    commit: text.describe(
      'commit of the build, if known; it ends with -dirty if there were uncommitted changes',
    ),
  })
  .meta({ id: 'Version', example: { version: '0.1.0', commit: '4b1bece81f02' } });

/** The configuration of this site. */
export const siteConfigSchema = z
  .object({
    source_storage_path: z.string(),
    target_storage_path: z.string(),
    source_buckets: z.array(z.string()).describe('buckets that s3:// paths may name'),
    allowed_methods: allowedMethods,
    link_mode: z.enum(['auto', 'hard', 'symbolic']),
    digests: z.array(z.enum(['sha256', 'adler32', 'md5'])),
    create_file_max_bytes: z.number().int(),
    max_batch_items: z.number().int(),
    max_lifetime: z
      .number()
      .int()
      .nullable()
      .describe('maximum lifetime of staged data, in seconds; null if unlimited'),
    notebook_path: text.describe(
      "the path of a user area as its user's notebooks see it; {username} stands for the user",
    ),
    user_area_url: text.describe(
      'URL of the interface that shows a user area; {username} stands for the user',
    ),
    has_rucio: z.boolean().describe('whether a Rucio is configured, which rucio:// paths need'),
    has_jupyterhub: z.boolean().describe('whether a JupyterHub is configured, which jupyter_copy needs'),
    ...versionSchema.shape,
  })
  .meta({ id: 'SiteConfig' });

/** The staging methods of this site. */
export const allowedMethodsSchema = z
  .object({ allowed_methods: allowedMethods })
  .meta({ id: 'AllowedMethods' });

/** Whether the service can work, and the failed checks. */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.record(z.string(), z.string()).describe('ok, or the failure'),
  })
  .meta({ id: 'Readiness' });

/** A line of the log, as it is streamed. */
export const logLineSchema = z
  .object({
    time: text.describe('ISO 8601, UTC'),
    level: z.enum(logLevels),
    message: z.string(),
    operation_id: text,
    request_id: text,
    text: z.string().describe('the line as GET /logs shows it'),
  })
  .meta({ id: 'LogLine' });

const ended = { completed: count, error: count, aborted: count };

const bytes = count.describe('of completed operations');

const seconds = z.number().nonnegative().nullable();

/** The health of the service, and its recent activity. */
export const overviewSchema = z
  .object({
    since: time.describe('only operations requested since then are counted, at most the newest 50,000'),
    hours: z
      .array(
        z
          .object({ hour: time.describe('start of the hour'), ...ended, bytes })
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
          detail: text.describe('what is wrong'),
        })
        .meta({ id: 'HealthOfOverview' }),
    ),
  })
  .meta({ id: 'Overview' });

export type Overview = z.output<typeof overviewSchema>;
