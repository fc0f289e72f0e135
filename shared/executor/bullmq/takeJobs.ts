import { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { QueueConfig } from '../../config/executorConfig.ts';
import type { Receiver } from '../bell.ts';
import { type OperationJob, queueNames } from './operationQueue.ts';
import { connectRedis } from './redis.ts';

/**
 * How long BullMQ waits for the renewal of a job's lock before it delivers the job to another worker as well, in ms.
 */
const jobLockMs = 15_000;

/** How often BullMQ checks for jobs without a renewed lock, in ms. */
const stalledJobsMs = 5000;

/** How long a worker waits after an error of Redis, in ms. BullMQ's default of 15 seconds would be idle time. */
const redisPauseMs = 1000;

interface JobServices {
  readonly config: QueueConfig;
  /** How many jobs are run at the same time. */
  readonly concurrency: number;
  readonly logger: Logger;
  readonly claimAndRun: Receiver['claimAndRun'];
  /** Called when an operation has ended. */
  onEnd(id: string): Promise<void>;
  /** Called when an operation was released. */
  onRelease(id: string): Promise<void>;
}

/**
 * Takes jobs from the queue on Redis and runs their operations. Jobs whose operation has ended, or runs in another
 * worker, are dropped.
 * @returns a function that stops that; it resolves when the taken operations have ended
 */
export function takeJobs({ config, concurrency, logger, claimAndRun, onEnd, onRelease }: JobServices) {
  const names = queueNames(config);
  const redis = connectRedis(config.redisUrl, logger, { maxRetriesPerRequest: null });
  const work = async ({ id }: OperationJob) => {
    const end = await claimAndRun(id);
    if (end === 'ended') await onEnd(id);
    if (end === 'released' || end === 'advanced') await onRelease(id);
  };
  const worker = new Worker<OperationJob>(names.queue, ({ data }) => work(data), {
    connection: redis,
    prefix: names.prefix,
    concurrency,
    lockDuration: jobLockMs,
    stalledInterval: stalledJobsMs,
    maxStalledCount: 1000,
    runRetryDelay: redisPauseMs,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on('error', (err) => logger.debug({ err }, 'the queue'));
  return async () => {
    await worker.close();
    redis.disconnect();
  };
}
