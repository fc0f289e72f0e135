import type { Operation } from '../model/operation.ts';
import { isDeadHere } from '../process/workerId.ts';
import type { OperationRow } from '../record/database/tables.ts';
import { toOperation } from '../record/rows/operationRow.ts';

/** How long a worker may be silent before others take it for dead, in milliseconds. */
export const leaseMs = 60_000;

const rowsPerPage = 500;

/** How many interrupted operations are found at once. */
export const maxInterrupted = 1000;

const unfinished = ['EXECUTING', 'QUEUED'];

/** Reads rows of a phase that meet one more condition, in the order of their ids, oldest first. */
export type ReadRows = (
  where: { readonly phase: string; readonly after?: string },
  also: { readonly sql: string; readonly values: readonly (string | Date)[] },
  take: number,
) => Promise<OperationRow[]>;

/**
 * The unfinished operations whose worker is gone, at most 1000: of each phase and worker the oldest first.
 * Those that nobody owns are not meant: PENDING ones, and QUEUED ones in the queue. Nor are those of the worker that
 * asks (`self`), which lives. What a living worker has queued is not read, however much that is.
 */
export async function findInterrupted(self: string, readRows: ReadRows): Promise<Operation[]> {
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
 * Whether a worker lives: it may be dead for certain, as this machine knows, or silent for longer than its lease. It is
 * heard of while any of its operations is. This machine's clock judges, so clocks must agree to well within a lease.
 */
export async function isAlive(worker: string, readRows: ReadRows): Promise<boolean> {
  if (isDeadHere(worker)) return false;
  const since = new Date(Date.now() - leaseMs);
  for (const phase of unfinished) {
    const isHeard = { sql: 'worker = ? AND heartbeat_at >= ?', values: [worker, since] };
    if ((await readRows({ phase }, isHeard, 1)).length > 0) return true;
  }
  return false;
}

/** Whether a sign of life is older than a lease. */
export function isSilent(heartbeatAt: Date | null): boolean {
  return heartbeatAt === null || heartbeatAt.getTime() < Date.now() - leaseMs;
}

/** The workers that own operations of a phase, but those that are known; the lists may grow meanwhile. */
async function* otherWorkers(
  phase: string,
  known: readonly (readonly string[])[],
  readRows: ReadRows,
): AsyncGenerator<string> {
  for (;;) {
    const values = known.flat();
    // That holds for no row without a worker.
    const sql = `worker NOT IN (${values.map(() => '?').join(', ')})`;
    const [row] = await readRows({ phase }, { sql, values }, 1);
    if (!row?.worker) return;
    yield row.worker;
  }
}

/** The operations of a phase that a worker owns, a phase at a time, because only then the index gives their order. */
async function* readOwned(phase: string, worker: string, readRows: ReadRows): AsyncGenerator<OperationRow> {
  let after = '';
  for (;;) {
    const isOwned = { sql: 'worker = ?', values: [worker] };
    const rows = await readRows({ phase, after }, isOwned, rowsPerPage);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < rowsPerPage) return;
    after = last.id;
  }
}
