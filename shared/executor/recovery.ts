import type { Logger } from 'pino';
import { coalesceWithDeadline } from '../async/coalesce.ts';
import { every } from '../async/interval.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../model/operation.ts';
import { isQueueWorker } from '../process/workerId.ts';
import { maxInterrupted, type OperationRecord } from '../record/operationRecord.ts';
import { closeWith, type LeftoverRemover } from '../staging/leftovers.ts';

/** How often to look for dead workers, in ms. */
const recoveryMs = 30_000;

/** How long the caller of a sweep waits for background removals, in ms: notebook servers may be slow. */
const removalMs = 30_000;

/** Recovers operations whose worker has died. */
export interface Recovery {
  /**
   * Closes those that can be closed here, now: for processes that do not live between requests. Never rejects. Resolves
   * when their leftovers are removed, too, or after half a minute.
   */
  closeNow(): Promise<void>;
  stop(): Promise<void>;
}

interface RecoveryServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  /** Recovers operations that workers took from the queue; undefined without a queue. */
  readonly queued?: QueueRecovery | undefined;
}

/** Recovery for the operations of a queue. */
export interface QueueRecovery {
  /** How often it runs, in ms. */
  readonly everyMs: number;
  /** Recovers an operation from the queue whose worker has died. */
  requeue(operation: Operation): Promise<void>;
}

/**
 * Closes operations whose worker has died, now and periodically. Those of a method with leftovers that cannot be
 * removed here are left to a process that can, and those of the queue's workers to a process that has the queue.
 */
export async function startRecovery(services: RecoveryServices): Promise<Recovery> {
  const { leftoverRemovers, logger, queued } = services;
  const stopping = new AbortController();
  const onError = (error: unknown) => logger.error({ err: error }, 'sweep failed');
  const recover = async () => {
    while (await closeInterrupted(services));
  };
  const waitForRemovals = coalesceWithDeadline(removalMs, () =>
    Promise.all(leftoverRemovers.map((closer) => closer.whenIdle())),
  );
  // The leftovers of thousands of operations must not delay the start.
  if (await closeInterrupted(services)) recover().catch(onError);
  void every(queued?.everyMs ?? recoveryMs, recover, { signal: stopping.signal, onError });
  return {
    async closeNow() {
      await recover().catch(onError);
      await waitForRemovals();
    },
    async stop() {
      stopping.abort();
      await Promise.all(leftoverRemovers.map((closer) => closer.stop()));
    },
  };
}

/** Closes some of them. True when there may be more that can be closed here. */
async function closeInterrupted(services: RecoveryServices): Promise<boolean> {
  const found = await services.operations.findInterrupted();
  let closed = 0;
  for (const operation of found) {
    const isClosed = await withLogContext({ operationId: operation.id }, () => closeOne(operation, services));
    if (isClosed) closed += 1;
  }
  return closed > 0 && found.length === maxInterrupted;
}

async function closeOne(operation: Operation, services: RecoveryServices): Promise<boolean> {
  const { operations, logger, queued } = services;
  let isClosed = false;
  const close = async () => {
    isClosed = await operations.closeInterrupted(operation);
    if (isClosed) logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
    return isClosed;
  };
  try {
    if (!isQueueWorker(operation.worker ?? '')) await closeWith(services.leftoverRemovers, operation, close);
    else if (queued) {
      await queued.requeue(operation);
      return true;
    }
  } catch (error) {
    // The others must still be closed; this one is tried again at the next sweep.
    logger.error({ err: error }, 'could not close an interrupted operation');
  }
  return isClosed;
}
