import * as z from 'zod';
import { logLevels } from '../../logging/logLevel.ts';
import { stagingMethodNames } from '../../model/methods.ts';

const allowedMethods = z.array(z.enum(stagingMethodNames));

/** The running version. */
export const versionSchema = z
  .object({
    version: z.string().nullable().describe('version of the service; null if it was not built'),
    commit: z
      .string()
      .nullable()
      .describe('commit of the build, if known; it ends with -dirty if there were uncommitted changes'),
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
    notebook_path: z
      .string()
      .nullable()
      .describe("the path of a user area as its user's notebooks see it; {username} stands for the user"),
    user_area_url: z
      .string()
      .nullable()
      .describe('URL of the interface that shows a user area; {username} stands for the user'),
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
    time: z.string().nullable().describe('ISO 8601, UTC'),
    level: z.enum(logLevels),
    message: z.string(),
    operation_id: z.string().nullable(),
    request_id: z.string().nullable(),
    text: z.string().describe('the line as GET /logs shows it'),
  })
  .meta({ id: 'LogLine' });

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
