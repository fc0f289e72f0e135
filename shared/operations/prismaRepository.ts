import { StagingError } from '../errors/stagingError.ts';
import { changesSchema, selectChanges } from './changesStatement.ts';
import { fitText, textLimits } from './fitText.ts';
import { checkSameRequest } from './idempotency.ts';
import { findInterrupted, isAlive, isSilent, type ReadRows } from './interrupted.ts';
import { readRows as readRowsOf, selectIds } from './keyset.ts';
import type { Operation, OperationProgress } from './operation.ts';
import { isOperationId } from './operationId.ts';
import { listOperations } from './operationList.ts';
import {
  completionChanges,
  failureChanges,
  mergeDigests,
  newKeyedRow,
  newRow,
  progressChanges,
  requestColumns,
  retryChanges,
  toOperation,
} from './operationRow.ts';
import type { OperationChanges, OperationConditions, OperationDatabase } from './operationTable.ts';
import { createPrismaBatches } from './prismaBatches.ts';
import { progressStatement } from './progressStatement.ts';
import { query } from './query.ts';
import type { OperationRepository } from './repository.ts';
import {
  isNumberTaken,
  reservationStatement,
  reservationsStatement,
  toReservations,
} from './reservations.ts';
import { summarizeRecord } from './summary.ts';

const unfinished = ['QUEUED', 'EXECUTING'];

/** Waits to be told to run, by itself: what is PENDING of a batch waits for the batch. */
const pendingAlone = { phase: 'PENDING', batchId: null, datasetRole: null };

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

  /** As `update`; what is written is seen by those who look for changes. */
  function change(where: OperationConditions, data: OperationChanges): Promise<number> {
    return update(where, { ...data, updatedAt: new Date(), revision: { increment: 1 } });
  }

  async function changeAndTell(
    id: string,
    where: OperationConditions,
    data: OperationChanges,
  ): Promise<number> {
    const count = await change({ ...where, id }, data);
    if (count > 0) await readAndTell(id);
    return count;
  }

  async function changeAndRead(
    id: string,
    where: OperationConditions,
    data: OperationChanges,
  ): Promise<Operation> {
    await change({ ...where, id }, data);
    return readAndTell(id);
  }

  async function readAndTell(id: string): Promise<Operation> {
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

  const readRows: ReadRows = ({ phase, after = '' }, also, take) =>
    query(async () => {
      const ids = await selectIds(database, { phase, id: { gt: after } }, { order: 'oldest', take, also });
      return readRowsOf(database, ids, 'oldest');
    });

  return {
    batches: createPrismaBatches(database, worker),
    find,

    findSome,

    async findChanges({ time, id }, limit) {
      const rows = await query(() => database.$queryRawUnsafe(selectChanges, time, time, id, limit));
      return changesSchema.parse(rows);
    },

    onPhase(listener) {
      phaseListeners.add(listener);
      return () => void phaseListeners.delete(listener);
    },

    async create(operation) {
      const row = newRow(operation, worker);
      await query(() => table.createMany({ data: row }));
      return toOperation(row);
    },

    async createOnce(operation) {
      const row = newKeyedRow(operation, worker);
      const where = { idempotencyHash: row.idempotencyHash };
      const findFirst = async () =>
        (await query(() => table.findMany({ where, orderBy: { id: 'asc' }, take: 1 })))[0];
      const insert = async () => {
        await query(() => table.createMany({ data: row }));
        return row;
      };
      const recorded =
        (await findFirst()) ??
        (await insert().catch(async (error: unknown) => {
          // Why it failed only the database's own words tell; that the key is there now tells it as well.
          const first = await findFirst();
          if (!first) throw error;
          return first;
        }));
      checkSameRequest(recorded, row);
      return { operation: toOperation(recorded), isNew: recorded.id === row.id };
    },

    revise: (id, operation) => changeAndRead(id, pendingAlone, requestColumns(operation)),

    async begin(id) {
      const changes = { phase: 'QUEUED', worker, heartbeatAt: new Date() };
      return (await changeAndTell(id, pendingAlone, changes)) > 0;
    },

    async abortPending(id) {
      const { code, message } = new StagingError('ABORTED');
      const failure = { phase: 'ABORTED', errorCode: code, errorReason: message } as const;
      return (await changeAndTell(id, pendingAlone, failureChanges(failure))) > 0;
    },

    async setDestruction(id, destructionAt) {
      await update({ id }, { destructionAt });
    },

    start(id) {
      const now = new Date();
      return changeAndRead(
        id,
        { worker, phase: 'QUEUED' },
        {
          phase: 'EXECUTING',
          startedAt: now,
          heartbeatAt: now,
          attempts: { increment: 1 },
          // What an earlier attempt was promised is promised no more.
          reservedBytes: null,
        },
      );
    },

    recordProgress,

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

    async isOwned(id) {
      const operation = await find(id);
      return operation?.worker === worker && operation.phase === 'EXECUTING';
    },

    async readReservations(space) {
      const { sql, values } = reservationsStatement(space, worker);
      return toReservations(await query(() => database.$queryRawUnsafe(sql, ...values)));
    },

    async recordReservation(id, reservation) {
      const { sql, values } = reservationStatement(id, reservation, worker);
      const execute = database.executePassing ?? database.$executeRawUnsafe.bind(database);
      const count = await query(() =>
        execute(sql, ...values).catch((error: unknown) => {
          if (isNumberTaken(error)) return undefined;
          throw error;
        }),
      );
      if (count === 0) throw new StagingError('INTERRUPTED');
      return count !== undefined;
    },

    complete: (id, completion) => changeAndRead(id, mine, completionChanges(completion)),

    fail: (id, failure) => changeAndRead(id, mine, failureChanges(failure)),

    async retry({ id, phase, attempts, finishedAt }) {
      if (phase !== 'ERROR' && phase !== 'ABORTED') return undefined;
      // Also by its end: it may have been tried again and have failed again since it was read.
      const asRead = { id, phase, attempts, finishedAt };
      if ((await change(asRead, retryChanges(worker))) === 0) return undefined;
      return readAndTell(id);
    },

    async failSome(ids, failure) {
      const ended: Operation[] = [];
      for (let first = 0; first < ids.length; first += rowsAtOnce) {
        const some = ids.slice(first, first + rowsAtOnce);
        await change({ ...mine, id: { in: some } }, failureChanges(failure));
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
      const isAsked = { abortRequestedAt: { gte: since } };
      const isDue = { destructionAt: { lte: new Date() } };
      const found = await query(() =>
        table.findMany({
          where: { ...mine, OR: [isAsked, isDue] },
          orderBy: { id: 'asc' },
          take: abortRequests,
        }),
      );
      lookedForAborts = looked;
      return found.map(toOperation);
    },

    list: (filter, page) => query(() => listOperations(database, filter, page)),

    summarize: (since) => query(() => summarizeRecord(database, since)),

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
      if (owner !== null && isSilent(heartbeatAt) && (await isAlive(owner, readRows))) return false;
      const failure = new StagingError('INTERRUPTED');
      const count = await change(
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
