import { coalesceWithDeadline } from '../async/coalesce.ts';
import { every } from '../async/interval.ts';
import { StagingError } from '../errors/stagingError.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../model/operation.ts';
import { isQueueWorker } from '../process/workerId.ts';
import { maxInterrupted } from '../record/operationRecord.ts';
import { closeWith } from '../staging/leftovers.ts';
import type { Bell } from './bell.ts';
import { type EndingServices, endUnowned } from './run/operationEnd.ts';

/** How long the caller of a sweep waits for background removals, in ms: notebook servers may be slow. */
const removalMs = 30_000;

/** By how much the longest delay before the next run grows with each death of its workers, in ms. */
const pauseStepMs = 10_000;

/** After how many dead workers an operation is considered the cause. */
const deathsInARow = 5;

interface RecoveryServices extends EndingServices {
  /** The bell of the workers; undefined without workers. */
  readonly bell?: Pick<Bell, 'ringAgain' | 'notifyEnd'> | undefined;
  /** How often to look for dead workers, in ms. */
  readonly everyMs: number;
}

/**
 * Closes operations whose worker has died, now and periodically. Those of a method whose leftovers cannot be removed
 * here are left to a process that can. Operations that a worker took from the queue return to it.
 */
export async function startRecovery(services: RecoveryServices) {
  const { leftoverRemovers, logger, everyMs } = services;
  const stopping = new AbortController();
  const onError = (error: unknown) => logger.error({ err: error }, 'sweep failed');
  const recover = async () => {
    while (await recoverSome(services));
  };
  const waitForRemovals = coalesceWithDeadline(removalMs, () =>
    Promise.all(leftoverRemovers.map((closer) => closer.whenIdle())),
  );
  // Removing the leftovers of thousands of operations must not delay the start.
  if (await recoverSome(services)) recover().catch(onError);
  void every(everyMs, recover, { signal: stopping.signal, onError });
  return {
    /**
     * Closes those that can be closed here, now: for processes that do not live between requests. Never rejects.
     * Resolves when their leftovers are removed, too, or after half a minute.
     */
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

/** Recovers some of them. True when there may be more that can be recovered here. */
async function recoverSome(services: RecoveryServices): Promise<boolean> {
  const found = await services.operations.findInterrupted();
  let recovered = 0;
  for (const operation of found) {
    const isRecovered = await withLogContext({ operationId: operation.id }, () =>
      recover(operation, services),
    );
    if (isRecovered) recovered += 1;
  }
  return recovered > 0 && found.length === maxInterrupted;
}

/** Never rejects. */
async function recover(operation: Operation, services: RecoveryServices): Promise<boolean> {
  const { bell, logger } = services;
  try {
    // One that was claimed early may not have begun, and takes little to run again.
    const isClaimedEarly = operation.phase === 'EXECUTING' && operation.startedAt === null && bell;
    if (!isQueueWorker(operation.worker ?? '') && !isClaimedEarly) return await close(operation, services);
    if (bell) await requeue(operation, services, bell);
    return bell !== undefined;
  } catch (error) {
    // The others must still be recovered; this one is retried at the next sweep.
    logger.error({ err: error }, 'could not close an interrupted operation');
    return false;
  }
}

async function close(operation: Operation, services: RecoveryServices): Promise<boolean> {
  const { operations, leftoverRemovers, logger } = services;
  let isClosed = false;
  await closeWith(leftoverRemovers, operation, async () => {
    isClosed = await operations.closeInterrupted(operation);
    if (isClosed) logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
    return isClosed;
  });
  return isClosed;
}

async function requeue(
  operation: Operation,
  services: RecoveryServices,
  bell: Pick<Bell, 'ringAgain' | 'notifyEnd'>,
): Promise<void> {
  const { operations, logger } = services;
  const deaths = operation.workerDeaths + 1;
  if (operation.abortRequestedAt || deaths >= deathsInARow) {
    const isAborted = operation.abortRequestedAt !== null;
    const reason = isAborted ? new StagingError('ABORTED') : new StagingError('WORKERS_DIED', { deaths });
    await endUnowned(services, operation, reason);
    await bell.notifyEnd(operation.id);
    return;
  }
  if (!(await operations.requeue(operation))) return;
  logger.warn(
    { worker: operation.worker, deaths },
    'the worker of an operation died; requeued the operation',
  );
  await bell.ringAgain(operation, pauseMs(deaths));
}

/**
 * No delay after the first death. Later ones are random: the operations of one worker are requeued together, and an
 * operation that kills workers must not hit the same others each time.
 */
function pauseMs(deaths: number): number {
  return (deaths - 1) * pauseStepMs * Math.random();
}
