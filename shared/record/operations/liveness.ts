import { StagingError } from '../../errors/stagingError.ts';
import { findInterrupted, isAlive, isSilent } from '../../operations/interrupted.ts';
import { progressStatement } from '../../operations/progressStatement.ts';
import { query } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationRepository } from '../operationRecord.ts';
import { failureChanges, progressChanges } from '../rows/operationRow.ts';
import { type RecordAccess, unfinished } from './operationStore.ts';

/** How an operation ends whose worker is gone. */
const { code, message } = new StagingError('INTERRUPTED');
const interrupted = { phase: 'ERROR', errorCode: code, errorReason: message } as const;

/**
 * How many operations of each phase a heartbeat gives a sign of life, beyond those whose progress it writes down. One
 * is enough, as a worker lives or dies as a whole; that there are many keeps the record plain to read.
 */
const heartbeats = 100;

/** Of how many operations one statement writes the progress, or the sign of life. */
const rowsAtOnce = 500;

/** That workers live, how far they are, and what those have left that do not. */
type SignsOfLife = Pick<
  OperationRepository,
  'recordProgress' | 'heartbeat' | 'findInterrupted' | 'closeInterrupted'
>;

/** The part of the record that tells the living from the dead. See `OperationRepository`. */
export function createSignsOfLife(
  database: OperationDatabase,
  { update, change, readRows }: RecordAccess,
  worker: string,
): SignsOfLife {
  const mine = { worker, phase: { in: unfinished } };

  return {
    async recordProgress(progress) {
      const all = [...progress];
      for (let first = 0; first < all.length; first += rowsAtOnce) {
        const { sql, values } = progressStatement(all.slice(first, first + rowsAtOnce), worker);
        await query(() => database.$executeRawUnsafe(sql, ...values));
      }
    },

    async heartbeat(progress) {
      // Few run. It is a sign of life, and no change that is told.
      for (const [id, done] of progress) await update({ ...mine, id }, progressChanges(done));
      const ids = new Set(progress.keys());
      for (const phase of unfinished) {
        // A phase at a time, because only then the index gives them in order, without reading all that wait.
        for (const { id } of await readRows({ phase }, { sql: 'worker = ?', values: [worker] }, heartbeats))
          ids.add(id);
      }
      const all = [...ids];
      const heartbeatAt = new Date();
      for (let first = 0; first < all.length; first += rowsAtOnce) {
        const some = all.slice(first, first + rowsAtOnce);
        // By their ids: an UPDATE that searched by phase would lock the phase's whole index range in InnoDB.
        await update({ ...mine, id: { in: some } }, { heartbeatAt });
      }
    },

    findInterrupted: () => findInterrupted(worker, readRows),

    async closeInterrupted(operation, failure = interrupted) {
      const { id, worker: owner, heartbeatAt } = operation;
      if (owner !== null && isSilent(heartbeatAt) && (await isAlive(owner, readRows))) return false;
      const isAsRead = { id, worker: owner, heartbeatAt, phase: { in: unfinished } };
      return (await change(isAsRead, failureChanges(failure))) === 1;
    },
  };
}
