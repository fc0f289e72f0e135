import type { Operation } from './operation.ts';
import { toOperation } from './operationRow.ts';
import type { OperationRow } from './operationTable.ts';
import { isDeadHere } from './worker.ts';

/** How long a worker may be silent before others take it for dead, in milliseconds. */
const leaseMs = 60_000;

const rowsPerPage = 500;
const maxFound = 1000;

/** Reads so many rows of a phase after an id, in the order of their ids. */
type ReadRows = (phase: string, after: string, take: number) => Promise<OperationRow[]>;

/**
 * The unfinished operations whose worker is gone, at most 1000, the oldest first.
 * PENDING ones are not meant: nobody owns them yet. Nor are those of the worker that asks (`self`), which lives.
 * A silent worker is judged by this machine's clock, so clocks must agree to well within a lease.
 */
export async function findInterrupted(self: string, readRows: ReadRows): Promise<Operation[]> {
  const silentSince = new Date(Date.now() - leaseMs);
  const isDead = onceEach(isDeadHere);
  const found: Operation[] = [];
  for (const phase of ['QUEUED', 'EXECUTING']) {
    for await (const row of readPhase(phase, readRows)) {
      const { worker, heartbeatAt } = row;
      const isSilent = heartbeatAt === null || heartbeatAt < silentSince;
      const isGone = worker === null || (worker !== self && (isSilent || isDead(worker)));
      if (isGone) found.push(toOperation(row));
      if (found.length === maxFound) return found;
    }
  }
  return found;
}

/** A phase at a time, because only then the index gives the rows in the order of their ids. */
async function* readPhase(phase: string, readRows: ReadRows): AsyncGenerator<OperationRow> {
  let after = '';
  for (;;) {
    const rows = await readRows(phase, after, rowsPerPage);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < rowsPerPage) return;
    after = last.id;
  }
}

/** Asks but once about each worker, as one may have many operations. */
function onceEach(ask: (worker: string) => boolean): (worker: string) => boolean {
  const answers = new Map<string, boolean>();
  return (worker) => {
    const answer = answers.get(worker) ?? ask(worker);
    answers.set(worker, answer);
    return answer;
  };
}
