import { isLostHere } from '../../process/workerId.ts';
import { type OperationDatabase, type OperationRow, textLimits, truncateText } from '../database/tables.ts';
import type { Removal, RemovalRecord } from '../removalRecord.ts';
import { readOperations, toOperation } from '../rows/readOperations.ts';
import type { OperationStore } from './operationStore.ts';

/** How many operations are read together. */
const maxFound = 1000;

/** After this time, in ms, a claim of another machine counts as expired: moving and measuring take seconds. */
const claimMs = 3_600_000;

/** Whether the process that has a claim may still be running. */
function isHeld(holder: string | null, updatedAt: Date | null): boolean {
  return holder !== null && !isLostHere(holder) && Date.now() - Number(updatedAt) < claimMs;
}

function namesOf({ by, reason }: Removal): Pick<OperationRow, 'removedBy' | 'removalReason'> {
  return {
    removedBy: by === null ? null : truncateText(by, textLimits.username),
    removalReason: reason,
  };
}

/** The part of the record about removed data. */
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
    async claimRemoval({ id, removalWorker: holder, updatedAt }, removal) {
      if (isHeld(holder, updatedAt)) return false;
      const claim = { removalWorker: worker, ...(removal && namesOf(removal)) };
      return (await change({ ...isThere, id, removalWorker: holder }, claim)) === 1;
    },
    async releaseRemoval(id) {
      const released = { removalWorker: null };
      // The requester of a removal that did not happen is irrelevant.
      const withdrawn = { ...released, removedBy: null, removalReason: null };
      await change({ id, removalWorker: worker, removedAt: null }, withdrawn);
      await change({ id, removalWorker: worker }, released);
    },
    async findInterruptedRemovals() {
      const condition = `WHERE removal_worker IS NOT NULL ORDER BY removal_worker, id LIMIT ${maxFound}`;
      const rows = await database.query(() => readOperations(database, condition, []));
      return rows.map(toOperation).filter((one) => !isHeld(one.removalWorker, one.updatedAt));
    },
    async takeOverRemoval({ id, removalWorker: holder }) {
      return (await change({ id, removalWorker: holder }, { removalWorker: worker })) === 1;
    },
    async recordRemoval(id, removal) {
      const { operation } = await changeAndRead(id, isThere, {
        removedAt: new Date(),
        ...namesOf(removal),
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
