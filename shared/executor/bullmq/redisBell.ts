import { Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/configError.ts';
import type { QueueConfig } from '../../config/executorConfig.ts';
import { theService } from '../../model/caller.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import type { Bell, Receiver } from '../bell.ts';
import { type OperationJob, type OperationQueue, openOperationQueue, queueNames } from './operationQueue.ts';
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

/** The state of the queue that workers take operations from. Its calls reject when Redis does not answer. */
export type WorkerQueue = Pick<OperationQueue, 'ping' | 'counts'>;

/** How many operations wait in the queue, and how many are taken by workers. */
export type QueueCounts = Awaited<ReturnType<WorkerQueue['counts']>>;

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

/**
 * How long BullMQ waits for the renewal of a job's lock before it delivers the job to another worker as well, in ms.
 */
const jobLockMs = 15_000;

/** How often BullMQ checks for jobs without a renewed lock, in ms. */
const stalledJobsMs = 5000;

/** How long a worker waits after an error of Redis, in ms. BullMQ's default of 15 seconds would be idle time. */
const redisPauseMs = 1000;

/**
 * The bell for a worker, which takes jobs from the queue and runs their operations. Jobs whose operation has ended, or
 * runs in another worker, are dropped.
 */
export async function openBellForWork(services: RedisBellServices): Promise<RedisBell> {
  const { config, operations, logger } = services;
  return openBell(services, (queueConfig, bell, { claimAndRun }) => {
    const { queue, prefix } = queueNames(queueConfig);
    const connection = connectRedis(queueConfig.redisUrl, logger, { maxRetriesPerRequest: null });
    const ringIfReleased = async (id: string) => {
      const operation = await operations.find(id, theService).catch(() => null);
      // Otherwise another worker owns it by now.
      if (operation?.phase !== 'QUEUED') return;
      logger.info({ operationId: id }, 'released to the queue');
      await bell.ringAgain(operation);
    };
    const work = async ({ data: { id } }: { readonly data: OperationJob }) => {
      const end = await claimAndRun(id);
      if (end === 'ended') await bell.notifyEnd(id);
      if (end === 'released' || end === 'advanced') await ringIfReleased(id);
    };
    const worker = new Worker<OperationJob>(queue, work, {
      connection,
      prefix,
      concurrency: config.concurrency,
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
      connection.disconnect();
    };
  });
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
