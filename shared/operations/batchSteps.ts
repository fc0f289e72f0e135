import * as z from 'zod';
import type { Batch, BatchEnd } from './batch.ts';
import { fitText, textLimits } from './fitText.ts';
import type { Operation, Phase } from './operation.ts';
import { toOperation } from './operationRow.ts';
import type { OperationChanges, OperationDatabase } from './operationTable.ts';
import { query } from './query.ts';

/** How many operations one step is about. */
const stepRows = 1000;

const idRowsSchema = z.array(z.object({ id: z.string() }));

const pageOfIds =
  'SELECT id FROM staging_operations WHERE batch_id = ? AND status = ? AND id > ? ORDER BY id LIMIT ';

/** What an operation has that was asked for and not begun. */
export const notBegun = {
  outcome: null,
  errorCode: null,
  errorReason: null,
  startedAt: null,
  finishedAt: null,
  abortRequestedAt: null,
  bytesTotal: null,
  bytesDone: 0n,
  filesTotal: null,
  filesDone: 0n,
  sha256: null,
  adler32: null,
  md5: null,
  sourceEtag: null,
  linkType: null,
} satisfies OperationChanges;

/**
 * The ids of a batch's operations that are in these phases, a step at a time, each once even when it comes back.
 * They are read first and changed by their ids, since an UPDATE that searched would lock what it reads in InnoDB.
 */
export async function* pagesOfIds(
  database: OperationDatabase,
  batchId: string,
  phases: readonly Phase[],
): AsyncGenerator<readonly string[]> {
  for (const phase of phases) {
    for (let after = ''; ; ) {
      const rows = await query(() =>
        database.$queryRawUnsafe(`${pageOfIds}${stepRows}`, batchId, phase, after),
      );
      const ids = idRowsSchema.parse(rows).map(({ id }) => id);
      if (ids.length > 0) yield ids;
      after = ids.at(-1) ?? '';
      if (ids.length < stepRows) break;
    }
  }
}

/** See `BatchRepository.queue`. */
export async function* queueOperations(
  database: OperationDatabase,
  batch: Batch,
  which: 'queue' | 'retry',
  worker: string,
): AsyncGenerator<readonly Operation[]> {
  const phases = which === 'queue' ? (['PENDING'] as const) : (['ERROR', 'ABORTED'] as const);
  const pages = batch.allOrNothing ? [[batch.id]] : pagesOfIds(database, batch.id, phases);
  for await (const ids of pages) {
    const id = { in: [...ids] };
    const data = { ...notBegun, phase: 'QUEUED', worker, heartbeatAt: new Date() };
    const where = { id, phase: { in: [...phases] } };
    await query(() => database.stagingOperation.updateMany({ where, data }));
    const queued = await query(() =>
      database.stagingOperation.findMany({
        where: { id, phase: 'QUEUED', worker },
        orderBy: { id: 'asc' },
        take: ids.length,
      }),
    );
    yield queued.map(toOperation);
  }
}

/** See `BatchRepository.endWaiting`. */
export async function* endWaiting(
  database: OperationDatabase,
  batchId: string,
  end: BatchEnd,
): AsyncGenerator<number> {
  for await (const ids of pagesOfIds(database, batchId, ['QUEUED', 'PENDING'])) {
    const where = { id: { in: [...ids] }, phase: { in: ['QUEUED', 'PENDING'] } };
    const { count } = await query(() =>
      database.stagingOperation.updateMany({ where, data: endChanges(end) }),
    );
    yield count;
  }
}

/** Says of the items of an all-or-nothing batch that they are such. */
export async function markItems(database: OperationDatabase, batchId: string): Promise<void> {
  for await (const ids of pagesOfIds(database, batchId, ['PENDING'])) {
    const data = { datasetRole: 'item' };
    await query(() => database.stagingOperation.updateMany({ where: { id: { in: [...ids] } }, data }));
  }
}

function endChanges(end: BatchEnd): OperationChanges {
  const finishedAt = new Date();
  if (end.phase === 'COMPLETED') return { phase: end.phase, outcome: end.outcome, finishedAt };
  const errorReason = fitText(end.errorReason, textLimits.errorReason);
  return { phase: end.phase, errorCode: end.errorCode, errorReason, finishedAt };
}
