import type * as z from 'zod';
import { Secret } from './secret.ts';
import type { settingsSchema } from './settings.ts';
import { wholeNumber } from './settingTypes.ts';

/** The settings that limit the use of a process by clients, in the form of `settings.ts`. */
export const limitSettings = {
  /** The maximum size of a request's headers, including its first line, in bytes. */
  MAX_HEADER_BYTES: wholeNumber(8192, 1_048_576)
    .default(65_536)
    .describe('a number of bytes from 8192 to 1048576'),
  /** The maximum size of a body that is neither a batch, nor a list of paths, nor a file, in bytes. */
  MAX_BODY_BYTES: wholeNumber(4096, 16 * 1024 ** 2)
    .default(65_536)
    .describe('a number of bytes from 4096 to 16777216'),
  /** The maximum size of a batch's body, decoded, in bytes: 100,000 items have 30 MB, or twice that with long names. */
  MAX_BATCH_BYTES: wholeNumber(65_536, 1024 ** 3)
    .default(128 * 1024 ** 2)
    .describe('a number of bytes from 65536 to 1073741824'),
  /** The maximum number of items in a batch. */
  MAX_BATCH_ITEMS: wholeNumber(1, 100_000).default(100_000).describe('a whole number from 1 to 100000'),
  /** The maximum number of entries on a page of a list, regardless of its `limit`. */
  MAX_PAGE_ITEMS: wholeNumber(10, 1000).default(1000).describe('a whole number from 10 to 1000'),
  /** The minimum rate of a body, in bytes per second over any ten seconds; 0: no minimum. */
  MIN_BODY_RATE: wholeNumber(0).default(1024).describe('a whole number of bytes per second from 0'),
  /** The maximum number of requests per address in a minute; 0: no limit. */
  REQUESTS_PER_MINUTE: wholeNumber(0).default(60_000).describe('a whole number from 0'),
  /** The maximum number of failed authentications among these; 0: no limit. */
  FAILURES_PER_MINUTE: wholeNumber(0).default(600).describe('a whole number from 0'),
  /** The maximum number of concurrent event streams of one user in this process. */
  STREAMS_PER_USER: wholeNumber(1, 1_000_000).default(50).describe('a whole number from 1 to 1000000'),
  /** The maximum number of concurrent event streams in this process, of all users together. */
  STREAMS_PER_PROCESS: wholeNumber(1, 1_000_000).default(5000).describe('a whole number from 1 to 1000000'),
  /** The maximum number of queued operations of one user. */
  WAITING_PER_USER: wholeNumber(1).default(200_000).describe('a whole number from 1'),
  /** The maximum number of queued operations, of all users together. */
  WAITING_PER_SERVICE: wholeNumber(1).default(1_000_000).describe('a whole number from 1'),
  /** The maximum number of concurrent downloads of one user in this process. */
  DOWNLOADS_PER_USER: wholeNumber(1, 1_000_000).default(100).describe('a whole number from 1 to 1000000'),
  /** The maximum number of concurrent downloads in this process, of all users together. */
  DOWNLOADS_PER_PROCESS: wholeNumber(1, 1_000_000).default(2000).describe('a whole number from 1 to 1000000'),
};

type Settings = z.output<typeof settingsSchema>;

/** Limits on the use of a process by clients. */
export type Limits = Readonly<ReturnType<typeof limitsOf>>;

/** The limits of the settings. */
export function limitsOf(settings: Settings) {
  return {
    maxHeaderBytes: settings.MAX_HEADER_BYTES,
    minBodyRate: settings.MIN_BODY_RATE,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    maxBatchBytes: settings.MAX_BATCH_BYTES,
    maxBatchItems: settings.MAX_BATCH_ITEMS,
    maxPageItems: settings.MAX_PAGE_ITEMS,
    requestsPerMinute: settings.REQUESTS_PER_MINUTE,
    failuresPerMinute: settings.FAILURES_PER_MINUTE,
    streamsPerUser: settings.STREAMS_PER_USER,
    streamsPerProcess: settings.STREAMS_PER_PROCESS,
    waitingPerUser: settings.WAITING_PER_USER,
    waitingPerService: settings.WAITING_PER_SERVICE,
    downloadsPerUser: settings.DOWNLOADS_PER_USER,
    downloadsPerProcess: settings.DOWNLOADS_PER_PROCESS,
    /** Where requests are counted for all processes of a site; undefined if each counts for itself. */
    redis:
      settings.REDIS_URL === undefined
        ? undefined
        : { redisUrl: new Secret(settings.REDIS_URL), name: settings.QUEUE_NAME },
  };
}
