import type { Logger } from 'pino';
import type { QueueConfig } from '../../config/config.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { hasEnded, type Operation } from '../../model/operation.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import { queueNames } from './operationQueue.ts';
import { connectRedis } from './redis.ts';

/** Reports the ends of operations that workers run. */
export interface EndWatch {
  /** Resolves with the operation when it has ended. @throws SHUTTING_DOWN when the watch is closed before that */
  whenEnded(operation: Operation): Promise<Operation>;
  close(): void;
}

interface WatchServices {
  readonly config: QueueConfig;
  readonly operationWatch: OperationWatch;
  readonly logger: Logger;
}

/**
 * Watches the record, and reads it immediately when a worker announces on Redis that an operation has ended. A lost
 * announcement costs a second, because the record is polled that often anyway.
 */
export function createEndWatch({ config, operationWatch, logger }: WatchServices): EndWatch {
  const closing = new AbortController();
  const redis = connectRedis(config.redisUrl, logger);
  // Sent again automatically when the connection has broken.
  redis.subscribe(queueNames(config).ended).catch(() => undefined);
  redis.on('message', (_channel, id: string) => void operationWatch.refresh(id));
  return {
    whenEnded: (operation) => whenEnded(operation, operationWatch, closing.signal),
    close() {
      closing.abort(new StagingError('SHUTTING_DOWN'));
      redis.disconnect();
    },
  };
}

function whenEnded(
  operation: Operation,
  operationWatch: OperationWatch,
  closing: AbortSignal,
): Promise<Operation> {
  return new Promise((resolve, reject) => {
    if (closing.aborted) return reject(closing.reason);
    const stopWatching = operationWatch.watchOne(operation, (newer) => {
      if (!hasEnded(newer)) return;
      stop();
      resolve(newer);
    });
    const rejectClosed = () => {
      stop();
      reject(closing.reason);
    };
    const stop = () => {
      stopWatching();
      closing.removeEventListener('abort', rejectClosed);
    };
    closing.addEventListener('abort', rejectClosed);
  });
}
