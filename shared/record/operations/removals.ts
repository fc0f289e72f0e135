import { isLostHere } from '../../process/workerId.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { textLimits, truncateText } from '../database/truncateText.ts';
import type { RemovalRecord } from '../operationRecord.ts';
import { toOperation } from '../rows/operationRow.ts';
import { readOperations } from '../rows/readOperations.ts';
import type { OperationStore } from './operationStore.ts';

/** How many operations are read together. */
const maxFound = 1000;

/** After this time, in ms, a claim of another machine counts as given up: moving and measuring take seconds. */
const claimMs = 3_600_000;

/** The part of the record that knows which data was removed. */
export function createRemovalRecord(
  database: OperationDatabase,
  { change, changeAndRead }: OperationStore,
  worker: string,
): RemovalRecord {
  const isThere = { phase: 'COMPLETED', removedAt: null };
  const findDue = async (by: Date, also = '') => {
    const condition = `WHERE expires_at <= ? AND status = 'COMPLETED' ${also} ORDER BY expires_at, id LIMIT ${maxFound}`;
    return (await database.query(() => readOperations(database, condition, [by]))).map(toOperation);
  };
  return {
    async claimRemoval({ id, removalWorker: holder, updatedAt }) {
      const isHeld = holder !== null && !isLostHere(holder) && Date.now() - Number(updatedAt) < claimMs;
      if (isHeld) return false;
      return (await change({ ...isThere, id, removalWorker: holder }, { removalWorker: worker })) === 1;
    },
    async releaseRemoval(id) {
      await change({ id, removalWorker: worker }, { removalWorker: null });
    },
    async recordRemoval(id, { by, reason }) {
      const { operation } = await changeAndRead(id, isThere, {
        removedAt: new Date(),
        removedBy: by === null ? null : truncateText(by, textLimits.username),
        removalReason: reason,
        removalWorker: null,
        expiresAt: null,
      });
      return operation;
    },
    async keepStaged(id) {
      await change({ ...isThere, id }, { expiresAt: null });
    },
    findExpired: (by) => findDue(by),
    findUnwarned: (by) => findDue(by, 'AND expiry_warned_at IS NULL'),
    async recordWarning(id) {
      return (await change({ ...isThere, id, expiryWarnedAt: null }, { expiryWarnedAt: new Date() })) === 1;
    },
  };
}
