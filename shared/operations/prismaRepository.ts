import { StagingError } from '../errors/stagingError.ts';
import { makeCursor, parseCursor } from './cursor.ts';
import { fitText, textLimits } from './fitText.ts';
import { findInterrupted, isAlive, type ReadRows } from './interrupted.ts';
import type { Operation, OperationProgress } from './operation.ts';
import { isOperationId } from './operationId.ts';
import {
  completionChanges,
  failureChanges,
  filterConditions,
  mergeDigests,
  newRow,
  toOperation,
} from './operationRow.ts';
import type { OperationChanges, OperationConditions, OperationDatabase } from './operationTable.ts';
import { progressStatement } from './progressStatement.ts';
import type { OperationRepository } from './repository.ts';

const unfinished = ['QUEUED', 'EXECUTING'];

/**
 * How many operations of each phase a heartbeat gives a sign of life, beyond those whose progress it writes down. One
 * is enough, as a worker lives or dies as a whole; that there are many keeps the record plain to read.
 */
const heartbeats = 100;

/** How many requests to abort are looked at together. */
const abortRequests = 1000;

/** How far back each look for such requests goes, in ms: further than the clocks of two machines are apart. */
const abortRequestMs = 600_000;

/** Of how many operations one statement writes the progress. */
const progressRows = 500;

/** How many operations one statement ends or reads. */
const rowsAtOnce = 500;

/** How many rows are looked at for digests: more than one, as a row may know only some of them. */
const digestRows = 20;

/** The record of operations over a Prisma client, for the worker of that name (see `worker.ts`). */
export function createPrismaRepository(database: OperationDatabase, worker: string): OperationRepository {
  const table = database.stagingOperation;
  const mine = { worker, phase: { in: unfinished } };
  let lookedForAborts = Date.now();
  const phaseListeners = new Set<(operation: Operation) => void>();

  async function find(id: string): Promise<Operation | null> {
    if (!isOperationId(id)) return null;
    const row = await query(() => table.findUnique({ where: { id: id.toLowerCase() } }));
    return row && toOperation(row);
  }

  async function update(where: OperationConditions, data: OperationChanges): Promise<number> {
    return (await query(() => table.updateMany({ where, data }))).count;
  }

  async function updateAndRead(
    id: string,
    where: OperationConditions,
    data: OperationChanges,
  ): Promise<Operation> {
    await update({ ...where, id }, data);
    const operation = await find(id);
    if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
    tellPhase(operation);
    return operation;
  }

  function tellPhase(operation: Operation): void {
    for (const tell of phaseListeners) tell(operation);
  }

  async function findSome(ids: readonly string[]): Promise<Operation[]> {
    const where = { id: { in: [...ids] } };
    const rows = await query(() => table.findMany({ where, orderBy: { id: 'asc' }, take: ids.length }));
    return rows.map(toOperation);
  }

  async function recordProgress(progress: ReadonlyMap<string, OperationProgress>): Promise<void> {
    const all = [...progress];
    for (let first = 0; first < all.length; first += progressRows) {
      const { sql, values } = progressStatement(all.slice(first, first + progressRows), worker);
      await query(() => database.$executeRawUnsafe(sql, ...values));
    }
  }

  const readRows: ReadRows = (where, take) =>
    query(() => table.findMany({ where, orderBy: { id: 'asc' }, take }));

  return {
    find,

    findSome,

    onPhase(listener) {
      phaseListeners.add(listener);
      return () => void phaseListeners.delete(listener);
    },

    async create(operation) {
      const row = newRow(operation, worker);
      await query(() => table.createMany({ data: row }));
      return toOperation(row);
    },

    start(id) {
      const now = new Date();
      return updateAndRead(
        id,
        { worker, phase: 'QUEUED' },
        { phase: 'EXECUTING', startedAt: now, heartbeatAt: now, attempts: { increment: 1 } },
      );
    },

    recordProgress,

    async heartbeat(progress) {
      await recordProgress(progress);
      const ids = new Set(progress.keys());
      for (const phase of unfinished) {
        // A phase at a time, because only then the index gives them in order, without reading all that wait.
        for (const { id } of await readRows({ worker, phase }, heartbeats)) ids.add(id);
      }
      const all = [...ids];
      const heartbeatAt = new Date();
      for (let first = 0; first < all.length; first += rowsAtOnce) {
        const some = all.slice(first, first + rowsAtOnce);
        // By their ids: an UPDATE that searched by phase would lock the phase's whole index range in InnoDB.
        await update({ ...mine, id: { in: some } }, { heartbeatAt });
      }
    },

    async isOwned(id) {
      const operation = await find(id);
      return operation?.worker === worker && operation.phase === 'EXECUTING';
    },

    complete: (id, completion) => updateAndRead(id, mine, completionChanges(completion)),

    fail: (id, failure) => updateAndRead(id, mine, failureChanges(failure)),

    async failSome(ids, failure) {
      const ended: Operation[] = [];
      for (let first = 0; first < ids.length; first += rowsAtOnce) {
        const some = ids.slice(first, first + rowsAtOnce);
        await update({ ...mine, id: { in: some } }, failureChanges(failure));
        ended.push(...(await findSome(some)));
      }
      for (const operation of ended) tellPhase(operation);
      return ended;
    },

    async requestAbort(id) {
      const where = { id, phase: { in: unfinished }, abortRequestedAt: null };
      await update(where, { abortRequestedAt: new Date() });
    },

    async findAbortRequests() {
      const looked = Date.now();
      const since = new Date(lookedForAborts - abortRequestMs);
      const found = await readRows({ ...mine, abortRequestedAt: { gte: since } }, abortRequests);
      lookedForAborts = looked;
      return found.map(toOperation);
    },

    async list(filter, { limit, cursor }) {
      const where = filterConditions(filter, cursor === undefined ? undefined : parseCursor(cursor));
      // One more than asked for tells whether there is a next page.
      const rows = await query(() => table.findMany({ where, orderBy: { id: 'desc' }, take: limit + 1 }));
      const operations = rows.slice(0, limit).map(toOperation);
      const last = operations.at(-1);
      return { operations, nextCursor: rows.length > limit && last ? makeCursor(last.id) : null };
    },

    async findDigests(sourceEtag) {
      const where = {
        sourceEtag: fitText(sourceEtag, textLimits.sourceEtag),
        OR: [{ sha256: { not: null } }, { adler32: { not: null } }, { md5: { not: null } }],
      };
      return mergeDigests(
        await query(() => table.findMany({ where, orderBy: { id: 'desc' }, take: digestRows })),
      );
    },

    findInterrupted: () => findInterrupted(worker, readRows),

    async closeInterrupted(operation) {
      const { id, worker: owner, heartbeatAt } = operation;
      if (owner !== null && (await isAlive(owner, readRows))) return false;
      const failure = new StagingError('INTERRUPTED');
      const count = await update(
        { id, worker: owner, heartbeatAt, phase: { in: unfinished } },
        failureChanges({ phase: 'ERROR', errorCode: failure.code, errorReason: failure.message }),
      );
      return count === 1;
    },

    async ping() {
      await query(() => database.$queryRawUnsafe('SELECT 1'));
    },

    close: () => database.$disconnect(),
  };
}

/** Asks the database. It may fail for a hundred reasons of its own, and all mean the same to who asks. */
async function query<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    throw new StagingError('DATABASE_UNAVAILABLE', {}, { cause });
  }
}
