import type { Logger } from 'pino';
import type { QueueConfig } from '../../config/config.ts';
import { StagingError } from '../../errors/stagingError.ts';
import type { Operation, Phase } from '../../operations/operation.ts';
import type { OperationRepository } from '../../operations/repository.ts';
import { queueNames } from './operationQueue.ts';
import { connectRedis } from './redis.ts';

/** How often the database is asked, in ms: a word from Redis that is lost costs so much time, and no more. */
const lookMs = 1000;

/** Most operations that one statement asks about. */
const operationsPerLook = 1000;

const active: readonly Phase[] = ['PENDING', 'QUEUED', 'EXECUTING'];

/** Tells when operations have ended that workers run. */
export interface EndWatch {
  /** Resolves with the operation when it has ended. @throws SHUTTING_DOWN when the watch is closed before that */
  whenEnded(id: string): Promise<Operation>;
  readonly size: number;
  close(): void;
}

interface Waiter {
  resolve(operation: Operation): void;
  reject(error: StagingError): void;
}

/** Waits for the record, which is looked at as soon as a worker says on Redis that it is done, and once a second. */
export function createEndWatch(
  config: QueueConfig,
  operations: Pick<OperationRepository, 'findSome'>,
  logger: Logger,
): EndWatch {
  const waiters = new Map<string, Waiter[]>();
  const names = queueNames(config);
  const redis = connectRedis(config.redisUrl, logger);
  let timer: NodeJS.Timeout | undefined;

  const notice = async (ids: readonly string[]) => {
    for (let first = 0; first < ids.length; first += operationsPerLook) {
      for (const operation of await operations.findSome(ids.slice(first, first + operationsPerLook))) {
        if (active.includes(operation.phase)) continue;
        for (const { resolve } of waiters.get(operation.id) ?? []) resolve(operation);
        waiters.delete(operation.id);
      }
    }
  };
  const look = async (ids: readonly string[]) => {
    await notice(ids).catch((error: unknown) =>
      logger.warn({ err: error }, 'the ends of operations could not be read; tried again in a second'),
    );
  };
  const lookSoon = () => {
    if (waiters.size === 0) return;
    timer ??= setTimeout(async () => {
      await look([...waiters.keys()]);
      timer = undefined;
      lookSoon();
    }, lookMs).unref();
  };
  // Sent again by itself when the connection has broken.
  redis.subscribe(names.ended).catch(() => undefined);
  redis.on('message', (_channel, id: string) => {
    if (waiters.has(id)) void look([id]);
  });
  return {
    whenEnded: (id) =>
      new Promise((resolve, reject) => {
        waiters.set(id, [...(waiters.get(id) ?? []), { resolve, reject }]);
        lookSoon();
      }),
    get size() {
      return waiters.size;
    },
    close() {
      clearTimeout(timer);
      for (const { reject } of [...waiters.values()].flat()) reject(new StagingError('SHUTTING_DOWN'));
      waiters.clear();
      redis.disconnect();
    },
  };
}
