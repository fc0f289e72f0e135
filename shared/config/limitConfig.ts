import type * as z from 'zod';
import type { QueueConfig } from './executorConfig.ts';
import { Secret } from './secret.ts';
import type { settingsSchema } from './settings.ts';

type Settings = z.output<typeof settingsSchema>;

/** Limits on the use of a process by clients. */
export interface Limits {
  readonly maxHeaderBytes: number;
  /** In bytes per second. */
  readonly minBodyRate: number;
  readonly maxBodyBytes: number;
  readonly maxBatchBytes: number;
  readonly maxBatchItems: number;
  readonly maxPageItems: number;
  /** For one address; 0 if there is no limit. */
  readonly requestsPerMinute: number;
  readonly failuresPerMinute: number;
  readonly streamsPerUser: number;
  readonly streamsPerProcess: number;
  readonly waitingPerUser: number;
  readonly waitingPerService: number;
  readonly downloadsPerUser: number;
  readonly downloadsPerProcess: number;
  /** Where requests are counted for all processes of a site; undefined if each counts for itself. */
  readonly redis: QueueConfig | undefined;
}

/** The limits of the settings. */
export function limitsOf(settings: Settings): Limits {
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
    redis:
      settings.REDIS_URL === undefined
        ? undefined
        : { redisUrl: new Secret(settings.REDIS_URL), name: settings.QUEUE_NAME },
  };
}
