import type { Logger } from 'pino';
import { coalesceWithDeadline } from '../async/coalesce.ts';
import { every } from '../async/interval.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../model/operation.ts';
import { isQueueWorker } from '../process/workerId.ts';
import { maxInterrupted, type OperationRecord } from '../record/operationRecord.ts';
import { closeWith, type LeftoverRemover } from '../staging/leftovers.ts';

/** How often workers are looked for that have died, in ms. */
const recoveryMs = 30_000;

/** How long who asks for a sweep waits for what is removed in the background, in ms: notebook servers may be slow. */
const removalMs = 30_000;

/** Looks after operations whose worker has died. */
export interface Recovery {
  /**
   * Closes those that can be closed here, now: for processes that do not live on between requests. Never rejects.
   * Resolves when what they have left is removed, too, or half a minute later.
   */
  closeNow(): Promise<void>;
  stop(): Promise<void>;
}

interface RecoveryServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  /** What becomes of operations that workers have taken from the queue; undefined where there is no queue. */
  readonly queued?: QueueRecovery | undefined;
}

/** Looks after the operations of a queue. */
export interface QueueRecovery {
  /** How often it looks, in ms. */
  readonly everyMs: number;
  /** Takes care of an operation that its worker had from the queue; the worker has died. */
  requeue(operation: Operation): Promise<void>;
}

/**
 * Closes operations whose worker has died, now and from time to time. Those of a method that leaves something behind
 * and has no closer here are left to a process that has one, and those of the queue's workers to one that has the queue.
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
  // What is left of thousands must not hold up the start.
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
    // The others must be closed all the same; this one is tried again at the next sweep.
    logger.error({ err: error }, 'an interrupted operation could not be closed');
  }
  return isClosed;
}
