import { Worker } from 'bullmq';
import type { QueueConfig } from '../../config/config.ts';
import { theService } from '../../model/caller.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { isQueued } from '../run/endQueued.ts';
import { type ClaimServices, runClaimed } from '../run/runClaimed.ts';
import { type OperationJob, type OperationQueue, queueNames } from './operationQueue.ts';
import { connectRedis } from './redis.ts';

/** How long BullMQ waits for a job's lock to be renewed before it delivers it to another worker as well, in ms. */
const jobLockMs = 15_000;

/** How often BullMQ looks for jobs without a renewed lock, in ms. */
const stalledJobsMs = 5000;

/** How long a worker waits after an error of Redis, in ms. BullMQ's default of 15 seconds would be idle time. */
const redisPauseMs = 1000;

interface QueueWorkerServices extends ClaimServices {
  readonly queueConfig: QueueConfig;
  readonly queue: OperationQueue;
  /** See `createRetryingRecord` and `createClaimedRecord`. */
  readonly operations: OperationRecord;
}

/** Takes operations from the queue. */
export interface QueueWorker {
  /** Stops taking operations; resolves when those that were taken have ended. */
  close(): Promise<void>;
}

/**
 * Takes operations from the queue and runs up to a limit at the same time. A job is only a hint: an operation is run by
 * the worker that claims it in the database, and a job of an operation that has ended, or that another worker runs, is
 * dropped.
 */
export function startQueueWorker(services: QueueWorkerServices): QueueWorker {
  const { config, queueConfig, operations, queue, logger } = services;
  const names = queueNames(queueConfig);
  const running = new Set<string>();
  const redis = connectRedis(queueConfig.redisUrl, logger, { maxRetriesPerRequest: null });

  const work = async ({ id }: OperationJob) => {
    // An operation that this process lost to another, and may claim again: not before the first run has ended.
    if (running.has(id)) return;
    running.add(id);
    try {
      const operation = await operations.claim(id);
      if (!operation) return;
      await runClaimed({ ...services, release: () => release(services, id) }, operation);
      await queue.notifyEnd(id).catch(() => undefined);
    } finally {
      running.delete(id);
    }
  };
  const worker = new Worker<OperationJob>(names.queue, ({ data }) => work(data), {
    connection: redis,
    prefix: names.prefix,
    concurrency: config.concurrency,
    lockDuration: jobLockMs,
    stalledInterval: stalledJobsMs,
    maxStalledCount: 1000,
    runRetryDelay: redisPauseMs,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on('error', (err) => logger.debug({ err }, 'the queue'));
  return {
    async close() {
      await worker.close();
      redis.disconnect();
    },
  };
}

/** It is in the record's queue again, or another worker's; in the first case, it is added to Redis immediately. */
async function release({ operations, queue, logger }: QueueWorkerServices, id: string): Promise<void> {
  const operation = await operations.find(id, theService).catch(() => null);
  if (!operation || !isQueued(operation)) return;
  logger.info('released to the queue');
  await queue.addAgain(operation).catch(() => undefined);
}
