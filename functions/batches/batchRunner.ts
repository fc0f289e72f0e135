import { withResolvers } from '../../shared/async/abortSignals.ts';
import { every } from '../../shared/async/interval.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { failureOf } from '../../shared/executor/run/operationEnd.ts';
import type { Batch } from '../../shared/model/batch.ts';
import { theService } from '../../shared/model/caller.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { type BatchNow, refuseBatch, settleBatch, withHeartbeat } from './batchState.ts';

/** How often batches are maintained, in ms. */
const maintenanceMs = 30_000;

type RunnerServices = Pick<Dependencies, 'operations' | 'executor' | 'logger'>;

/** The progress of queueing a batch. */
interface StartedBatch {
  /** Its first operations are queued, or none could be queued. */
  readonly begun: Promise<void>;
  /** All are queued. */
  readonly queued: Promise<void>;
}

/** Queues accepted batches, aborts them, and recovers those whose process died. */
export interface BatchRunner {
  /** Queues the operations of a batch and submits them, in steps. Continues in the background. */
  start(batch: Batch, which: 'queue' | 'retry'): StartedBatch;
  /** Ends queued operations and stops running ones. @throws BATCH_ENDED */
  abort(batch: Batch): Promise<BatchNow>;
  /** Runs the maintenance of batches now. Never rejects; resolves when abandoned batches are queued. */
  runMaintenance(): Promise<void>;
  stop(): Promise<void>;
}

/** Creates the runner of this process, which maintains batches from now on. */
export function createBatchRunner(services: RunnerServices): BatchRunner {
  const { operations, executor, logger } = services;
  const starting = new Map<string, { readonly ended: Promise<void>; isStopped: boolean }>();

  const start = (batch: Batch, which: 'queue' | 'retry'): StartedBatch => {
    const { promise: begun, resolve: resolveBegun } = withResolvers();
    const entry = { isStopped: false, ended: Promise.resolve() };
    const submitAll = async () => {
      for await (const queued of operations.batches.queue(batch, which)) {
        if (queued.length > 0) executor.submit(queued);
        resolveBegun();
        if (entry.isStopped) return;
      }
    };
    const ended = withHeartbeat(batch.id, services, submitAll)
      .catch((error: unknown) => logger.error({ err: error }, 'could not queue a batch; retrying later'))
      .finally(() => {
        starting.delete(batch.id);
        resolveBegun();
      });
    starting.set(batch.id, Object.assign(entry, { ended }));
    return { begun, queued: ended };
  };
  const stopStarting = async (id: string) => {
    const entry = starting.get(id);
    if (entry) entry.isStopped = true;
    await entry?.ended;
  };
  const maintain = async () => {
    for (const batch of await operations.batches.findUnfinished()) {
      if (!starting.has(batch.id)) await maintainBatch(batch, services, start);
    }
  };
  const onError = (error: unknown) => logger.error({ err: error }, 'could not maintain batches');
  const first = maintain().catch(onError);
  const stopping = new AbortController();
  void every(maintenanceMs, maintain, { signal: stopping.signal, onError });

  return {
    start,
    async abort(batch) {
      const { batches } = operations;
      if (batch.phase === 'PENDING') {
        await batches.refuse(batch.id, failureOf(new StagingError('ABORTED')));
      } else {
        await stopStarting(batch.id);
        await abortOperations(batch, services);
      }
      const now = await settleBatch((await batches.find(batch.id, theService)) ?? batch, services);
      const { phase } = now.batch;
      if (phase === 'COMPLETED' || phase === 'ERROR') throw new StagingError('BATCH_ENDED', { phase });
      return now;
    },
    async runMaintenance() {
      await first;
      await maintain().catch(onError);
      await Promise.all([...starting.values()].map(({ ended }) => ended));
    },
    async stop() {
      stopping.abort();
      await first;
      await Promise.all([...starting.keys()].map(stopStarting));
    },
  };
}

/** Queued operations are ended in the record; running ones are stopped like any operation. */
async function abortOperations(batch: Batch, { operations, executor }: RunnerServices): Promise<void> {
  const { batches } = operations;
  const stopRunning = async () => {
    if (batch.allOrNothing) await operations.requestAbort(batch.id);
    const running = batch.allOrNothing ? [batch.id] : await batches.requestAborts(batch.id);
    await Promise.all(running.map((id) => executor.abort(id)));
  };
  const end = failureOf(new StagingError('ABORTED'));
  // Operations that have started in between are found by the last query.
  const stopping = [stopRunning()];
  for await (const ids of batches.endWaiting(batch.id, end)) executor.forget(ids);
  stopping.push(stopRunning());
  await Promise.all(stopping);
}

/** Continues batches of dead processes; ensures that the end of a batch is recorded. */
async function maintainBatch(
  batch: Batch,
  services: RunnerServices,
  start: BatchRunner['start'],
): Promise<void> {
  const { operations, logger } = services;
  const { batches } = operations;
  const isAbandoned = batches.isAbandoned(batch);
  if (batch.phase === 'PENDING') {
    if (!isAbandoned || !(await batches.claim(batch))) return;
    logger.warn({ batch: batch.id }, 'closed a batch whose receiving process died');
    await refuseBatch(batch.id, new StagingError('INTERRUPTED'), services);
    return;
  }
  const { counts, whole } = await settleBatch(batch, services);
  const isNotQueued = batch.allOrNothing ? whole?.phase === 'PENDING' : counts.phases.PENDING > 0;
  if (isAbandoned && isNotQueued && (await batches.claim(batch))) start(batch, 'queue');
}
