import { resolve } from 'node:path';
import * as z from 'zod';
import { digestAlgorithms } from '../model/digestAlgorithm.ts';
import { stagingMethodNames, stagingMethodSchema } from '../model/methods.ts';
import { tokenSchema } from '../model/token.ts';
import { identitySettings } from './identityConfig.ts';
import { limitSettings } from './limitConfig.ts';
import { rucioSettings } from './rucioConfig.ts';
import { baseUrl, commaList, endpoint, jsonList, seconds, wholeNumber, yesOrNo } from './settingTypes.ts';

/** The functions that can be served, each a folder beneath `functions/`. */
const functionNames = [
  'stageData',
  'stageLocal',
  'stageSymlink',
  'stageJupyter',
  'downloadFile',
  'operations',
  'batches',
  'uws',
  'logs',
  'createFile',
  'browse',
  'site',
] as const;

export type FunctionName = (typeof functionNames)[number];

const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));
/** An origin as browsers send it: in lower case, without the default port of its scheme. */
const origin = z
  .url({ protocol: /^https?$/ })
  .regex(/^https?:\/\/[^/\\?#@*]+$/i)
  .transform((url) => new URL(url).origin);
const awsEndpointDescription =
  'an http:// or https:// URL without a user and password: use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for them';
/** The address of the service, perhaps with a path, as a URL without query or fragment. */
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .regex(/^[^?#@\\*]+$/)
  .transform((url) => new URL(url));

/** The address of something of a user. */
const userUrl = z
  .string()
  .regex(/^https?:\/\/[^\s/?#@\\]+(?:\/[^\s?#\\]*[^\s?#\\/])?$/)
  .optional()
  .describe('an http:// or https:// URL without a trailing slash; {username} stands for the user');

/** Bucket names of S3 and compatible stores: those that AWS created before 2018 may have capitals. */
const bucketName = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

/**
 * Every setting, by the name of its environment variable. The description states the allowed values, and is shown for
 * an invalid value. Times are given in seconds and parsed to milliseconds; sizes are bytes.
 */
export const settingsSchema = z.object({
  /** The directory of the database, the log and the default storages. On AWS Lambda the default is beneath `/tmp`. */
  DATA_DIR: path.default(resolve('var')).describe('a directory, created if missing'),
  /** The tree that data is staged from. Default: `source_storage` in the data directory. */
  SOURCE_STORAGE_PATH: path.optional().describe('a directory that exists'),
  /** The tree of the user areas. Default: `user_areas` in the data directory. */
  TARGET_STORAGE_PATH: path.optional().describe('a directory that exists and can be written'),
  /** `mysql://` or `mariadb://` for production, `file:` for SQLite. Default: `staging.db` in the data directory. */
  DATABASE_URL: z
    .string()
    .regex(/^(?:(?:mysql|mariadb):\/\/|file:)\P{Cc}+$/u)
    .optional()
    .describe('a URL that starts with mysql://, mariadb:// or file:'),
  /** The staging methods that this site offers. */
  ALLOWED_METHODS: jsonList(stagingMethodSchema)
    .transform((methods) => [...new Set(methods)])
    .default([...stagingMethodNames])
    .describe(`a JSON list of ${stagingMethodNames.join(', ')}`),
  /** The least severe level that is logged. */
  LOGGING_LEVEL: z
    .string()
    .toUpperCase()
    .pipe(z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR']))
    .default('INFO')
    .describe('DEBUG, INFO, WARNING or ERROR'),
  /**
   * The log file; a relative path is beneath the data directory. Default: `staging_service.log`; none on AWS Lambda and
   * in workers.
   */
  LOG_FILE: z.string().min(1).optional().describe('the path of a file'),
  /** The size in bytes at which a new log file is started. */
  LOG_FILE_MAX_BYTES: wholeNumber(10_000, 10 ** 10)
    .default(20_000_000)
    .describe('a number of bytes from 10000'),
  /** The number of older log files that are kept. */
  LOG_FILES_KEPT: wholeNumber(1, 1000).default(5).describe('a whole number from 1 to 1000'),
  /** The address to listen on. */
  HOST: z.string().min(1).default('127.0.0.1').describe('a host name or an IP address'),
  /** The TCP port to listen on; 0 chooses a free one. */
  PORT: wholeNumber(0, 65_535).default(8000).describe('a whole number from 0 to 65535'),
  /** How long an idle connection stays open. Proxies reuse connections for about a minute. */
  KEEP_ALIVE_TIMEOUT: seconds(1).default(75_000).describe('a number of seconds from 1 to 86400'),
  /** The origins whose pages may use the API from a browser. */
  CORS_ORIGINS: commaList(origin)
    .transform((origins) => [...new Set(origins)])
    .default([])
    .describe(
      'a comma-separated list of origins such as https://portal.example.org, without a path; ' +
        '* is refused, because it would admit every website that a user visits',
    ),
  /** Where clients reach the service: requests for other hosts are refused. Default: what it listens on. */
  PUBLIC_URLS: commaList(publicUrl)
    .default([])
    .describe('a comma-separated list of http:// or https:// URLs, optionally with a path'),
  /** The proxies whose X-Forwarded-For, X-Forwarded-Host and X-Forwarded-Proto are trusted. */
  TRUSTED_PROXIES: commaList(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe('a comma-separated list of IP addresses and networks such as 10.0.0.0/8'),
  ...identitySettings,
  ...limitSettings,
  /** The functions that this process serves. */
  FUNCTIONS: commaList(z.enum(functionNames))
    .default([...functionNames])
    .describe(`a comma-separated list of ${functionNames.join(', ')}`),
  /** The digests that are computed while data is copied. */
  DIGESTS: z
    .union([z.literal('none').transform(() => []), commaList(z.enum(digestAlgorithms))])
    .default(['sha256', 'adler32'])
    .describe(`none, or a comma-separated list of ${digestAlgorithms.join(', ')}`),
  /**
   * Whether the SHA-256 of every file of a directory is computed while it is copied; otherwise at the first request.
   */
  TREE_DIGESTS: yesOrNo.default(false).describe('true or false'),
  /** The links that symlink_copy makes. */
  LINK_MODE: z.enum(['auto', 'hard', 'symbolic']).default('auto').describe('auto, hard or symbolic'),
  /** Whether `symlink_copy` removes the write bits of its sources, which hard links share. */
  PROTECT_SOURCE: yesOrNo.default(true).describe('true or false'),
  /** Whether missing user areas are created; otherwise staging for users without one is refused. */
  CREATE_USER_AREAS: yesOrNo.default(true).describe('true or false'),
  /** Whether data may be staged into hidden files and folders at the top of a user area. */
  ALLOW_HIDDEN_TARGETS: yesOrNo.default(false).describe('true or false'),
  /** The maximum lifetime of staged data; without it, data without a requested lifetime stays permanently. */
  MAX_LIFETIME: wholeNumber(1).optional().describe('a whole number of seconds from 1'),
  /** The path of a user area as its user's notebooks see it. */
  NOTEBOOK_PATH: z
    .string()
    .regex(/^\/\P{Cc}*[^/\p{Cc}]$/u)
    .optional()
    .describe('an absolute path without a trailing slash; {username} stands for the user'),
  /** The address that shows a user area to its user, such as one of JupyterLab. */
  USER_AREA_URL: userUrl,
  /**
   * The address that shows the files of a notebook server to its user. Default: that of JupyterLab at JUPYTERHUB_URL, if
   * that is set.
   */
  NOTEBOOK_SERVER_URL: userUrl,
  /**
   * What runs operations: this process, workers (`npm run worker`) that take them from a queue on Redis, or on AWS Lambda
   * other invocations of the same function.
   */
  EXECUTOR: z
    .enum(['in-process', 'bullmq', 'lambda'])
    .default('in-process')
    .describe('in-process, bullmq or lambda'),
  /** The name of the running function. AWS Lambda and serverless-offline set it. */
  AWS_LAMBDA_FUNCTION_NAME: z.string().min(1).optional().describe('the name of a function'),
  /** Where functions are invoked, for serverless-offline and LocalStack; the AWS SDK's own when it is not set. */
  LAMBDA_ENDPOINT: endpoint.optional().describe(awsEndpointDescription),
  /** The Redis or Valkey of the queue. It needs no persistence: queued operations are in the database. */
  REDIS_URL: z
    .string()
    .regex(/^\P{Cc}+$/u)
    .pipe(z.url({ protocol: /^rediss?$/ }))
    .optional()
    .describe('a redis:// or rediss:// URL'),
  /** The name of the queue on Redis: sites that share one Redis need different names. */
  QUEUE_NAME: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/)
    .default('staging')
    .describe('up to 60 letters, digits, hyphens and underscores'),
  /** The TCP port on which a worker serves /healthz, /readyz and /metrics. Default: none; 0 chooses a free one. */
  WORKER_PORT: wholeNumber(0, 65_535).optional().describe('a whole number from 0 to 65535'),
  /**
   * The maximum number of concurrent operations of one method in this process; in a worker, of all methods. Others are
   * queued.
   */
  CONCURRENCY: wholeNumber(1, 1000).default(8).describe('a whole number from 1 to 1000'),
  /** The maximum number of bytes per second that this process copies, all operations together. Default: no limit. */
  BANDWIDTH_LIMIT: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('a whole number of bytes per second from 1'),
  /** The largest content that POST /create-file accepts, in bytes. */
  CREATE_FILE_MAX_BYTES: wholeNumber(1).default(1_048_576).describe('a number of bytes from 1'),
  /**
   * How long a staging request may wait for its operation's end before it is answered (202), in seconds; 0: no limit.
   */
  SYNC_TIMEOUT: seconds(0)
    .transform((timeoutMs) => (timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs))
    .default(Number.POSITIVE_INFINITY)
    .describe('a number of seconds from 0 to 86400'),
  /** How long running operations may continue after SIGTERM, in seconds. */
  SHUTDOWN_TIMEOUT: seconds(0).default(30_000).describe('a number of seconds from 0 to 86400'),
  /** The address of JupyterHub, without `/hub/api`. Default: JupyterHub's own default on this machine. */
  JUPYTERHUB_URL: baseUrl
    .optional()
    .describe('an http:// or https:// URL without a user and password: use JUPYTERHUB_API_TOKEN for a token'),
  /** The token of the service at JupyterHub, with scopes tokens, read:users and servers. */
  JUPYTERHUB_API_TOKEN: tokenSchema
    .optional()
    .describe('a JupyterHub token: letters, digits and - . _ ~ + /, and = only at the end'),
  /** How long a notebook server may take to start, in seconds. */
  JUPYTER_START_TIMEOUT: seconds(1).default(300_000).describe('a number of seconds from 1 to 86400'),
  /** The address of the object store; the AWS SDK's own for the region when it is not set. */
  S3_ENDPOINT: endpoint.optional().describe(awsEndpointDescription),
  /** The region of the object store. Default: us-east-1 with S3_ENDPOINT, else where the AWS SDK looks for it. */
  AWS_REGION: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional()
    .describe('the name of a region, such as eu-west-2'),
  /** The buckets that data may be staged from. */
  S3_SOURCE_BUCKETS: commaList(z.string().regex(bucketName))
    .default([])
    .describe('a comma-separated list of buckets'),
  /** Whether downloads of objects go through the service, for clients that cannot reach the object store. */
  S3_PROXY: yesOrNo.default(false).describe('true or false'),
  /** The header that makes the proxy in front of the service send a file itself. */
  SENDFILE_HEADER: z
    .enum(['X-Accel-Redirect', 'X-Sendfile'])
    .optional()
    .describe('X-Accel-Redirect (nginx) or X-Sendfile (Apache, lighttpd)'),
  /** That proxy's prefix for the source storage. */
  SENDFILE_PREFIX: z
    .string()
    .startsWith('/')
    .transform((path) => path.replace(/\/+$/, ''))
    .optional()
    .describe('a path that begins with a slash'),
  /** The bucket for downloads that are too large for an answer of AWS Lambda. */
  DOWNLOAD_BUCKET: z.string().regex(bucketName).optional().describe('the name of a bucket'),
  /** The largest download, in bytes, that a function on AWS Lambda sends itself. */
  DOWNLOAD_THRESHOLD: wholeNumber(0, 4_500_000)
    .default(4_194_304)
    .describe('a number of bytes from 0 to 4500000'),
  ...rucioSettings,
});

/** Secret settings: each may also be given as `NAME_FILE`, the path of a file that contains it. */
export const secretSettings = [
  'DATABASE_URL',
  'JUPYTERHUB_API_TOKEN',
  'OIDC_CLIENT_SECRET',
  'REDIS_URL',
  'RUCIO_PASSWORD',
  'RUCIO_OIDC_CLIENT_SECRET',
] as const;
