import type { Logger } from 'pino';
import type { QueueConfig } from '../../config/config.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { theService } from '../../model/caller.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { OperationWatch } from '../../record/operationWatch.ts';
import type { LeftoverRemover } from '../../staging/leftovers.ts';
import type { StagingRequest } from '../../staging/stagingMethod.ts';
import { type Executor, runsWhereRequested, type Staged } from '../executor.ts';
import { isQueued } from '../run/endQueued.ts';
import { resultOf } from '../run/recordFailure.ts';
import { waitForDatabase } from '../run/waitForDatabase.ts';
import { createEndWatch } from './endWatch.ts';
import type { OperationQueue, QueuedOperation } from './operationQueue.ts';
import { endInQueue } from './queueRecovery.ts';

interface BullMqServices {
  readonly config: QueueConfig;
  readonly queue: OperationQueue;
  readonly operations: OperationRecord;
  readonly operationWatch: OperationWatch;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  readonly logger: Logger;
  /** Runs what only this process can run. */
  readonly local: Executor;
}

/**
 * An executor that queues operations for workers. Requests that need the client's connection, or the caller's own
 * token, which is never stored, still run in this process.
 */
export function createBullMqExecutor(services: BullMqServices): Executor {
  const { operations, queue, logger, local } = services;
  const ends = createEndWatch(services);

  /** First in the record, which decides: if Redis misses it now, recovery adds it later. */
  const enqueue = async (submitted: readonly QueuedOperation[]) => {
    const ids = submitted.map(({ id }) => id);
    await waitForDatabase(() => operations.release(ids), { logger });
    await queue.add(submitted).catch((error: unknown) => {
      logger.warn(
        { err: error, operations: ids.length },
        'could not add to the queue yet: Redis does not answer',
      );
    });
  };
  const runByWorker = async ({ operationId: id, username }: StagingRequest): Promise<Staged> => {
    const operation = await waitForDatabase(() => operations.find(id, theService), { logger });
    if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
    const whenEnded = ends.whenEnded(operation);
    // Its waiter is notified below.
    whenEnded.catch(() => undefined);
    await enqueue([{ id, username, attempts: 0 }]);
    return resultOf(await whenEnded);
  };
  return {
    run(method, request) {
      return runsWhereRequested(method, request) ? local.run(method, request) : runByWorker(request);
    },
    takeSlot: (method, request) =>
      runsWhereRequested(method, request) ? local.takeSlot(method, request) : undefined,
    submit(submitted) {
      enqueue(submitted).catch((error: unknown) => {
        logger.error({ err: error }, 'could not add operations to the queue');
      });
    },
    async abort(id) {
      await local.abort(id);
      const operation = await operations.find(id, theService);
      if (operation && isQueued(operation)) {
        await endInQueue(services, operation, new StagingError('ABORTED'));
      }
    },
    // The worker that takes its job drops it, because the record says that the operation has ended.
    forget: (ids) => local.forget(ids),
    queues: () => local.queues(),
    interrupt: () => local.interrupt(),
    whenIdle: () => local.whenIdle(),
    async shutDown(timeoutMs) {
      await local.shutDown(timeoutMs);
      ends.close();
    },
  };
}
