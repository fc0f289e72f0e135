import { every } from '../../shared/async/interval.ts';
import type { StagingError } from '../../shared/errors/stagingError.ts';
import { failureOf } from '../../shared/executor/run/operationEnd.ts';
import { type Batch, type BatchCounts, type BatchEnd, phaseOfCounts } from '../../shared/model/batch.ts';
import { theService } from '../../shared/model/caller.ts';
import { hasEnded, type Operation } from '../../shared/model/operation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';

/** The current state of a batch. */
export interface BatchNow {
  readonly batch: Batch;
  readonly counts: BatchCounts;
  /** The operation that publishes an all-or-nothing batch. */
  readonly whole: Operation | null;
}

/**
 * Reads the state of a batch. If its last operation has ended, the first reader also records the end of the batch; and
 * if an operation of an ended batch was retried, it records that the batch is unfinished.
 */
export async function settleBatch(
  batch: Batch,
  { operations }: Pick<Dependencies, 'operations'>,
): Promise<BatchNow> {
  const { batches } = operations;
  // Nothing else is known of a batch that is still being received, or was refused.
  if (batch.phase === 'PENDING' || batch.operationsTotal === 0)
    return { batch, counts: batch.endCounts, whole: null };
  const whole = batch.allOrNothing ? await operations.find(batch.id, theService) : null;
  if (whole && hasEnded(whole)) await followWhole(whole, operations);
  const counts = withBytesOf(whole, await batches.counts(batch.id));
  const phase = whole?.phase ?? phaseOfCounts(counts);
  if (hasEnded({ phase })) await batches.settle(batch.id, phase, counts, whole);
  else if (batch.phase !== 'QUEUED') await batches.reopen(batch.id);
  else return { batch, counts, whole };
  return { batch: (await batches.find(batch.id, theService)) ?? batch, counts, whole };
}

/** In an all-or-nothing batch, the operation that publishes it counts the bytes. */
function withBytesOf(whole: Operation | null, counts: BatchCounts): BatchCounts {
  return whole ? { ...counts, bytesTotal: whole.bytesTotal ?? 0, bytesDone: whole.bytesDone } : counts;
}

/** Ends the items of an all-or-nothing batch like its publishing operation, if its worker died before it could. */
async function followWhole(whole: Operation, { batches }: Dependencies['operations']): Promise<void> {
  const end: BatchEnd =
    whole.phase === 'COMPLETED'
      ? { phase: 'COMPLETED', outcome: whole.outcome ?? 'staged' }
      : {
          phase: 'ABORTED',
          errorCode: 'ABORTED',
          errorReason: `Nothing was published, as the whole did not succeed: ${whole.errorReason}`,
        };
  for await (const _ids of batches.endWaiting(whole.id, end));
}

/** Ends a batch that was not accepted, and removes its items. */
export async function refuseBatch(
  id: string,
  error: StagingError,
  { operations: { batches } }: Pick<Dependencies, 'operations'>,
): Promise<void> {
  await batches.removeItems(id);
  await batches.refuse(id, failureOf(error));
}

/** How often the process that receives or queues a batch sends its heartbeat, in ms. */
const heartbeatMs = 10_000;

/** Runs some work on a batch, and sends this process's heartbeat during it. */
export async function withHeartbeat<Result>(
  batchId: string,
  { operations, logger }: Pick<Dependencies, 'operations' | 'logger'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController();
  const onError = (error: unknown) => logger.warn({ err: error }, 'heartbeat of a batch failed');
  void every(heartbeatMs, () => operations.batches.heartbeat(batchId), { signal: ended.signal, onError });
  try {
    return await work();
  } finally {
    ended.abort();
  }
}
