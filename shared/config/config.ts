import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as z from 'zod';
import { ConfigError } from './configError.ts';
import { invocationOf, queueOf } from './executorConfig.ts';
import { identityOf } from './identityConfig.ts';
import { limitsOf } from './limitConfig.ts';
import { rucioOf } from './rucioConfig.ts';
import { HubToken, Secret } from './secret.ts';
import { secretSettings, settingsSchema } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = z.output<typeof settingsSchema>;

/**
 * All settings, parsed. Names are those of the environment variables in `settings.ts`; times are milliseconds. What is
 * not set and has no default is undefined.
 */
export type Config = Readonly<ReturnType<typeof parseConfig>>;

/** The log as a file, and its rotation. */
export interface LogFile {
  readonly path: string;
  readonly maxBytes: number;
  readonly kept: number;
}

/**
 * Reads all settings from the environment. An empty variable counts as not set, because container platforms set empty
 * ones. A process that must not share its log file has none, unless LOG_FILE names one.
 * @throws ConfigError for the first invalid setting
 */
export function parseConfig(environment: Environment, { hasLogFile = true } = {}) {
  const lambda = lambdaOf(environment);
  const set = Object.entries(withSecretFiles(environment)).filter(([, value]) => value);
  const given = { ...lambda?.defaults, ...Object.fromEntries(set) };
  // Settings are parsed once: compiling a parser for them takes longer than it saves.
  const parsed = settingsSchema.safeParse(given, { jitless: true });
  if (!parsed.success) throw explain(parsed.error.issues[0]?.path[0], given);
  const settings = parsed.data;
  const sourceStoragePath = settings.SOURCE_STORAGE_PATH ?? resolve(settings.DATA_DIR, 'source_storage');
  const places = { sourceStoragePath, s3: { sourceBuckets: settings.S3_SOURCE_BUCKETS } };
  return {
    dataDirectory: settings.DATA_DIR,
    sourceStoragePath,
    targetStoragePath: settings.TARGET_STORAGE_PATH ?? resolve(settings.DATA_DIR, 'user_areas'),
    /** Whether the storage paths are our own defaults, which the service may create. */
    hasDefaultStorages: {
      source: settings.SOURCE_STORAGE_PATH === undefined,
      target: settings.TARGET_STORAGE_PATH === undefined,
    },
    databaseUrl: new Secret(settings.DATABASE_URL ?? `file:${resolve(settings.DATA_DIR, 'staging.db')}`),
    /** The name of this process, if something identifies it better than its host. */
    instance: lambda?.instance,
    allowedMethods: settings.ALLOWED_METHODS,
    loggingLevel: settings.LOGGING_LEVEL,
    /** Undefined if standard output is the only log. */
    logFile: logFileOf(settings, hasLogFile && !lambda),
    host: settings.HOST,
    port: settings.PORT,
    identity: identityOf(settings, places),
    limits: limitsOf(settings),
    isInsecureAllowed: settings.ALLOW_INSECURE,
    corsOrigins: settings.CORS_ORIGINS,
    /** Empty if clients use the address that the service listens on. */
    publicUrls: settings.PUBLIC_URLS,
    trustedProxies: settings.TRUSTED_PROXIES,
    functions: settings.FUNCTIONS,
    digests: settings.DIGESTS,
    areTreesDigested: settings.TREE_DIGESTS,
    linkMode: settings.LINK_MODE,
    isSourceProtected: settings.PROTECT_SOURCE,
    areHiddenTargetsAllowed: settings.ALLOW_HIDDEN_TARGETS,
    areUserAreasCreated: settings.CREATE_USER_AREAS,
    maxLifetimeSeconds: settings.MAX_LIFETIME,
    /** How users see their areas; `{username}` stands for the user. */
    notebookPath: settings.NOTEBOOK_PATH,
    userAreaUrl: settings.USER_AREA_URL,
    notebookServerUrl:
      settings.NOTEBOOK_SERVER_URL ??
      (settings.JUPYTERHUB_URL && `${settings.JUPYTERHUB_URL}/user/{username}/lab/tree`),
    executor: settings.EXECUTOR,
    /** The queue of the executor `bullmq`; undefined with any other. */
    queue: queueOf(settings),
    /** How the function invokes itself with the executor `lambda`; undefined with any other. */
    invocation: invocationOf(settings),
    workerPort: settings.WORKER_PORT,
    concurrency: settings.CONCURRENCY,
    /** In bytes per second. */
    bandwidthLimit: settings.BANDWIDTH_LIMIT,
    createFileMaxBytes: settings.CREATE_FILE_MAX_BYTES,
    /** Infinity if answers wait without limit. */
    syncTimeoutMs: settings.SYNC_TIMEOUT,
    keepAliveTimeoutMs: settings.KEEP_ALIVE_TIMEOUT,
    shutdownTimeoutMs: settings.SHUTDOWN_TIMEOUT,
    jupyterHub: {
      url: settings.JUPYTERHUB_URL ?? 'http://localhost:8080',
      /** Whether it was set explicitly: a site without JupyterHub need not offer the method to users. */
      isNamed: settings.JUPYTERHUB_URL !== undefined || settings.JUPYTERHUB_API_TOKEN !== undefined,
      token: settings.JUPYTERHUB_API_TOKEN ? new HubToken(settings.JUPYTERHUB_API_TOKEN) : undefined,
      startTimeoutMs: settings.JUPYTER_START_TIMEOUT,
    },
    s3: {
      endpoint: settings.S3_ENDPOINT,
      region: settings.AWS_REGION ?? (settings.S3_ENDPOINT === undefined ? undefined : 'us-east-1'),
      sourceBuckets: settings.S3_SOURCE_BUCKETS,
      isProxied: settings.S3_PROXY,
    },
    download: {
      bucket: settings.DOWNLOAD_BUCKET,
      thresholdBytes: settings.DOWNLOAD_THRESHOLD,
      /** How the proxy in front of the service sends files itself; undefined if it does not. */
      sendfile: sendfileOf(settings, sourceStoragePath),
    },
    /** The catalogue that locates data identifiers; undefined if there is none. */
    rucio: rucioOf(settings),
  };
}

/** What is different on AWS Lambda. Only its own runtime sets this variable; emulators do not. */
function lambdaOf(environment: Environment) {
  if (!environment['AWS_LAMBDA_RUNTIME_API']) return undefined;
  return {
    /** No other directory is writable. */
    defaults: { DATA_DIR: '/tmp/ska-staging-service' },
    /**
     * One instance writes to one log stream. Instances are clones of one machine image, and may be identical in
     * everything else.
     */
    instance: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
  };
}

/** @throws ConfigError if no proxy is believed */
function sendfileOf(settings: Settings, sourceStoragePath: string) {
  const { SENDFILE_HEADER: header, SENDFILE_PREFIX, TRUSTED_PROXIES } = settings;
  if (header === undefined) return undefined;
  if (TRUSTED_PROXIES.length === 0) {
    throw new ConfigError(
      `TRUSTED_PROXIES is not set, and must be ${settingsSchema.shape.TRUSTED_PROXIES.description} ` +
        'when SENDFILE_HEADER is set',
    );
  }
  return { header, prefix: SENDFILE_PREFIX ?? (header === 'X-Sendfile' ? sourceStoragePath : '/_storage') };
}

/** On AWS Lambda none by default: a file in `/tmp` could not be read by anyone, and is lost with the instance. */
function logFileOf(settings: Settings, hasDefault: boolean): LogFile | undefined {
  if (!hasDefault && settings.LOG_FILE === undefined) return undefined;
  return {
    path: resolve(settings.DATA_DIR, settings.LOG_FILE ?? 'staging_service.log'),
    maxBytes: settings.LOG_FILE_MAX_BYTES,
    kept: settings.LOG_FILES_KEPT,
  };
}

function withSecretFiles(environment: Environment): Environment {
  const fromFiles = secretSettings.flatMap((name) => {
    const file = environment[`${name}_FILE`];
    return file ? [[name, readSecretFile(`${name}_FILE`, file)]] : [];
  });
  return { ...environment, ...Object.fromEntries(fromFiles) };
}

function readSecretFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(
      `${name} is "${file}", which cannot be read; it must be the path of a readable file`,
      { cause },
    );
  }
}

function explain(name: PropertyKey | undefined, given: Environment): ConfigError {
  const key = settingsSchema.keyof().safeParse(name);
  if (!key.success) return new ConfigError('The settings cannot be read.');
  const isSecret = secretSettings.some((secret) => secret === key.data);
  // A URL may contain a password.
  const shown = given[key.data]?.replace(/^.*@/s, '…@');
  const value = isSecret ? 'invalid' : JSON.stringify(shown);
  return new ConfigError(
    `${key.data} is ${value}, and must be ${settingsSchema.shape[key.data].description}`,
  );
}
