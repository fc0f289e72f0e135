import type { Logger } from 'pino';
import { every } from '../../async/interval.ts';
import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { LeftoverRemover } from '../../staging/leftovers.ts';
import type { QueueRecovery } from '../recovery.ts';
import { endQueued } from '../run/endQueued.ts';
import type { OperationQueue } from './operationQueue.ts';

/** How often to look for dead workers and lost jobs, in ms. */
const recoveryMs = 5000;

/** How long an operation waits in the queue before its job in Redis is checked, in ms. */
const settledMs = 5000;

/** How many operations are checked together. */
const rowsPerPage = 1000;

/** By how much the longest pause grows with each death, in ms. */
const pauseStepMs = 10_000;

/** After how many deaths of workers an operation is considered their cause. */
const deathsInARow = 5;

interface RecoveryServices {
  readonly operations: OperationRecord;
  readonly queue: OperationQueue;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  readonly logger: Logger;
}

/**
 * No pause after the first death. Later ones are random: the operations that one worker ran are requeued together, and
 * the one that kills workers must not hit the same others each time.
 */
function pauseMs(deaths: number): number {
  return (deaths - 1) * pauseStepMs * Math.random();
}

/** Recovers operations of the queue whose worker has died. */
export function createQueueRecovery(services: RecoveryServices): QueueRecovery {
  const { operations, queue, logger } = services;
  const requeue = async (operation: Operation) => {
    const deaths = operation.workerDeaths + 1;
    if (operation.abortRequestedAt) return endInQueue(services, operation, new StagingError('ABORTED'));
    if (deaths >= deathsInARow) {
      return endInQueue(services, operation, new StagingError('WORKERS_DIED', { deaths }));
    }
    if (!(await operations.requeue(operation))) return;
    logger.warn(
      { worker: operation.worker, deaths },
      'the worker of an operation died; requeued the operation',
    );
    // If that fails, the next check for lost jobs finds it.
    await queue.addAgain(operation, pauseMs(deaths)).catch(() => undefined);
  };
  return { everyMs: recoveryMs, requeue: requeue };
}

/** Ends an operation that no process runs, and notifies its waiters. */
export async function endInQueue(
  services: RecoveryServices,
  operation: Operation,
  reason: StagingError,
): Promise<void> {
  await endQueued(services, operation, reason);
  await services.queue.notifyEnd(operation.id).catch(() => undefined);
}

/**
 * Looks from time to time whether Redis has a job for each operation that waits, as it may have lost some or all, or
 * was not there when they came. One page at a time, from the oldest to the newest and over again; without a pause
 * while something is missing.
 */
export function restoreLostJobs(services: RecoveryServices, signal: AbortSignal): void {
  const { operations, queue, logger } = services;
  let after = '';
  const restorePage = async () => {
    const before = new Date(Date.now() - settledMs);
    const page = await operations.findQueued({ after, before, limit: rowsPerPage });
    const aborted = page.filter(({ abortRequestedAt }) => abortRequestedAt !== null);
    for (const operation of aborted) {
      await endInQueue(services, operation, new StagingError('ABORTED'));
    }
    const missing = await queue.addMissing(page.filter(({ abortRequestedAt }) => abortRequestedAt === null));
    if (missing > 0)
      logger.warn({ operations: missing }, 'operations were missing in the queue; added them again');
    after = page.length < rowsPerPage ? '' : (page.at(-1)?.id ?? '');
    return missing > 0 && after !== '';
  };
  const restore = async () => {
    if (!(await queue.acquireRecovery(recoveryMs - 500))) return;
    while (await restorePage());
  };
  // Redis or the database is down, which is logged elsewhere; this is tried again soon.
  const onError = (error: unknown) => logger.debug({ err: error }, 'could not check for lost jobs');
  void every(recoveryMs, restore, { signal, onError });
}
