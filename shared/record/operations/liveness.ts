import { StagingError } from '../../errors/stagingError.ts';
import { chunksOf } from '../../model/chunks.ts';
import type { Operation } from '../../model/operation.ts';
import { isLostHere } from '../../process/workerId.ts';
import type { ReadRow } from '../database/tables.ts';
import { maxInterrupted, type OperationRecord } from '../operationRecord.ts';
import { failureChanges, progressChanges } from '../rows/operationRow.ts';
import { toOperation } from '../rows/readOperations.ts';
import type { OperationStore, ReadRows } from './operationStore.ts';
import { type UnfinishedPhase, unfinished } from './ownOperations.ts';

/** The error of an operation whose worker is dead. */
const { code, message } = new StagingError('INTERRUPTED');
const interrupted = { phase: 'ERROR', errorCode: code, errorReason: message } as const;

/**
 * How many operations of each phase get a heartbeat, beyond those whose progress is recorded. One would be enough,
 * because a lease is for the whole worker; several make the record easier to read.
 */
const operationsPerHeartbeat = 100;

/** How many operations one statement writes the progress or heartbeat of. */
const rowsAtOnce = 500;

/** Heartbeats and progress of workers, and the operations of dead workers. */
type LivenessRecord = Pick<
  OperationRecord,
  'recordProgress' | 'heartbeat' | 'findInterrupted' | 'closeInterrupted'
>;

/**
 * The part of the record that decides which workers are alive: a worker keeps its lease by heartbeats, and loses all
 * its operations together. See `OperationRecord`.
 */
export function createLivenessRecord(
  { update, change, changeEach, readRows, observers }: OperationStore,
  worker: string,
): LivenessRecord {
  const mine = { worker, phase: { in: unfinished } };

  return {
    async recordProgress(progress) {
      for (const some of chunksOf([...progress], rowsAtOnce)) {
        await changeEach(new Map(some.map(([id, done]) => [id, progressChanges(done)])), mine);
      }
    },

    async heartbeat(progress) {
      // Few run. A heartbeat is not a change, and not reported.
      for (const [id, done] of progress) await update({ ...mine, id }, progressChanges(done));
      const ids = new Set(progress.keys());
      for (const phase of unfinished) {
        // One phase at a time, because only then the index has them in order, without reading everything that is
        // queued.
        const own = await readRows({ phase, worker }, [], operationsPerHeartbeat);
        for (const { id } of own) ids.add(id);
      }
      const heartbeatAt = new Date();
      for (const some of chunksOf([...ids], rowsAtOnce)) {
        // By their ids: an UPDATE that searched by phase would lock the phase's whole index range in InnoDB.
        await update({ ...mine, id: { in: some } }, { heartbeatAt });
      }
    },

    findInterrupted: () => findInterrupted(worker, readRows),

    async closeInterrupted(operation, failure = interrupted) {
      const { id, worker: owner, heartbeatAt } = operation;
      if (owner !== null && isLeaseExpired(heartbeatAt) && (await isAlive(owner, readRows))) return false;
      const isAsRead = { id, worker: owner, heartbeatAt, phase: { in: unfinished } };
      if ((await change(isAsRead, failureChanges(failure))) !== 1) return false;
      observers.ended({ ...operation, phase: failure.phase, errorCode: failure.errorCode });
      return true;
    },
  };
}

/** How long a worker counts as alive after its last heartbeat, in milliseconds. */
export const leaseMs = 60_000;

const rowsPerPage = 500;

/**
 * The unfinished operations whose worker is dead, at most 1000: the oldest first, by phase and worker. Without those
 * that have no owner: PENDING ones, and QUEUED ones in the queue; and without those of the calling worker (`self`),
 * which is alive. The queued operations of living workers are not read.
 */
async function findInterrupted(self: string, readRows: ReadRows): Promise<Operation[]> {
  const living: string[] = [self];
  const dead: string[] = [];
  const found: Operation[] = [];
  for (const phase of unfinished) {
    for await (const worker of otherWorkers(phase, [living, dead], readRows)) {
      if (await isAlive(worker, readRows)) living.push(worker);
      else dead.push(worker);
    }
    for (const worker of dead) {
      for await (const row of readOwned(phase, worker, readRows)) {
        found.push(toOperation(row));
        if (found.length === maxInterrupted) return found;
      }
    }
  }
  return found;
}

/**
 * Whether a worker is alive: not if it is known to be dead on this machine, or if its lease has expired. A heartbeat of
 * any of its operations counts. This machine's clock decides, so clocks must agree to well within a lease.
 */
async function isAlive(worker: string, readRows: ReadRows): Promise<boolean> {
  if (isLostHere(worker)) return false;
  const since = new Date(Date.now() - leaseMs);
  for (const phase of unfinished) {
    const isHeard = [{ sql: 'heartbeat_at >= ?', values: [since] }];
    if ((await readRows({ phase, worker }, isHeard, 1)).length > 0) return true;
  }
  return false;
}

/** Whether a heartbeat is older than a lease. */
export function isLeaseExpired(heartbeatAt: Date | null): boolean {
  return heartbeatAt === null || heartbeatAt.getTime() < Date.now() - leaseMs;
}

/** The workers that own operations of a phase, except the known ones; the lists may grow during this. */
async function* otherWorkers(
  phase: UnfinishedPhase,
  known: readonly (readonly string[])[],
  readRows: ReadRows,
): AsyncGenerator<string> {
  for (;;) {
    const values = known.flat();
    // Rows without a worker never match this.
    const sql = `worker NOT IN (${values.map(() => '?').join(', ')})`;
    const [row] = await readRows({ phase }, [{ sql, values }], 1);
    if (!row?.worker) return;
    yield row.worker;
  }
}

/** The operations of a phase that a worker owns, one phase at a time, because only then the index has their order. */
async function* readOwned(
  phase: UnfinishedPhase,
  worker: string,
  readRows: ReadRows,
): AsyncGenerator<ReadRow> {
  let after = '';
  for (;;) {
    const rows = await readRows({ phase, worker, after }, [], rowsPerPage);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < rowsPerPage) return;
    after = last.id;
  }
}
