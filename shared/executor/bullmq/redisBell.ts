import { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/configError.ts';
import type { QueueConfig } from '../../config/executorConfig.ts';
import { theService } from '../../model/caller.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import type { Bell, Receiver } from '../bell.ts';
import { type OperationJob, openOperationQueue, queueNames } from './operationQueue.ts';
import { connectRedis } from './redis.ts';

/** The dependencies of a bell on Redis. */
export interface RedisBellServices {
  readonly config: Config;
  readonly logger: Logger;
  readonly operations: OperationRecord;
  readonly operationWatch: OperationWatch;
  /** Registers a function that closes something at the end, in reverse order of creation. */
  atShutDown(close: () => Promise<void>): void;
}

/** How many operations wait in the queue, and how many are taken by workers. */
export interface QueueCounts {
  readonly waiting: number;
  readonly taken: number;
}

/** The state of the queue that workers take operations from. */
export interface WorkerQueue {
  /** Rejects when Redis does not answer. */
  ping(): Promise<unknown>;
  /** Rejects within seconds when Redis does not answer. */
  counts(): Promise<QueueCounts>;
}

/** A bell on Redis, to be opened. */
export interface RedisBell {
  readonly state: WorkerQueue;
  /** True once per interval (in ms), in one of all processes: it sweeps the record for all of them. */
  isTurn(everyMs: number): Promise<boolean>;
  open(receiver: Receiver): Bell;
}

/** The bell of a process that answers requests: it notifies workers, and is notified by them of ended operations. */
export async function openBellForRequests(services: RedisBellServices): Promise<RedisBell> {
  const { logger, operationWatch } = services;
  return openBell(services, (queueConfig) => {
    const redis = connectRedis(queueConfig.redisUrl, logger);
    // Sent again automatically when the connection was broken.
    redis.subscribe(queueNames(queueConfig).ended).catch(() => undefined);
    // A lost message costs a second, because the record is polled every second anyway.
    redis.on('message', (_channel, id: string) => void operationWatch.refresh(id));
    return async () => redis.disconnect();
  });
}

/** The bell for a worker, which takes operations. */
export async function openBellForWork(services: RedisBellServices): Promise<RedisBell> {
  const { config, operations, logger } = services;
  return openBell(services, (queueConfig, bell, { claimAndRun }) =>
    takeJobs({
      config: queueConfig,
      concurrency: config.concurrency,
      logger,
      claimAndRun,
      onEnd: bell.notifyEnd,
      async onRelease(id) {
        const operation = await operations.find(id, theService).catch(() => null);
        // Otherwise another worker owns it by now.
        if (operation?.phase !== 'QUEUED') return;
        logger.info({ operationId: id }, 'released to the queue');
        await bell.ringAgain(operation);
      },
    }),
  );
}

type Listen = (config: QueueConfig, bell: Bell, receiver: Receiver) => () => Promise<void>;

function openBell({ config, logger, atShutDown }: RedisBellServices, listen: Listen): RedisBell {
  const queueConfig = queueConfigOf(config);
  const queue = openOperationQueue(queueConfig, logger);
  atShutDown(() => queue.close());
  return {
    state: queue,
    isTurn: queue.acquireTurn,
    open(receiver) {
      const bell: Bell = {
        // The sweep adds missing ones.
        ring: (operations) =>
          queue.add(operations).catch((error: unknown) => {
            logger.warn(
              { err: error, operations: operations.length },
              'could not add to the queue: Redis does not answer',
            );
          }),
        ringAgain: (operation, delayMs) => queue.addAgain(operation, delayMs).catch(() => undefined),
        ringForMissing: (operations) => queue.addMissing(operations),
        notifyEnd: (id) => queue.notifyEnd(id).catch(() => undefined),
        close: () => close(),
      };
      const close = listen(queueConfig, bell, receiver);
      return bell;
    },
  };
}

function queueConfigOf({ queue }: Config): QueueConfig {
  if (queue) return queue;
  throw new ConfigError(
    'EXECUTOR is "in-process", and must be bullmq for a worker, and for a service with workers',
  );
}

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
function takeJobs({ config, concurrency, logger, claimAndRun, onEnd, onRelease }: JobServices) {
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
