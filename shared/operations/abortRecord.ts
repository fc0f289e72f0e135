import { query } from '../record/database/query.ts';
import type { OperationDatabase } from '../record/database/tables.ts';
import type { OperationRepository } from '../record/operationRecord.ts';
import { type RecordAccess, unfinished } from '../record/operations/operationStore.ts';
import { toOperation } from '../record/rows/operationRow.ts';

/** How many requests to abort are looked at together. */
const abortRequests = 1000;

/** How far back each look for such requests goes, in ms: further than the clocks of two machines are apart. */
const abortRequestMs = 600_000;

/** The part of the record by which any process aborts what another one runs. See `OperationRepository`. */
export function createAbortRecord(
  { stagingOperation: table }: OperationDatabase,
  { update }: RecordAccess,
  worker: string,
): Pick<OperationRepository, 'requestAbort' | 'findAbortRequests'> {
  let lookedForAborts = Date.now();
  return {
    async requestAbort(id) {
      const where = { id, phase: { in: unfinished }, abortRequestedAt: null };
      await update(where, { abortRequestedAt: new Date() });
    },

    async findAbortRequests() {
      const looked = Date.now();
      const since = new Date(lookedForAborts - abortRequestMs);
      const isAsked = { abortRequestedAt: { gte: since } };
      const isDue = { destructionAt: { lte: new Date() } };
      const where = { worker, phase: { in: unfinished }, OR: [isAsked, isDue] };
      const found = await query(() => table.findMany({ where, orderBy: { id: 'asc' }, take: abortRequests }));
      lookedForAborts = looked;
      return found.map(toOperation);
    },
  };
}
