import { StagingError } from '../errors/stagingError.ts';
import { changesSchema, selectChanges } from './changesStatement.ts';
import { fitText, textLimits } from './fitText.ts';
import { checkSameRequest } from './idempotency.ts';
import { findInterrupted } from './interrupted.ts';
import { readRows, selectIds } from './keyset.ts';
import type { Operation } from './operation.ts';
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
import { progressStatement } from './progressStatement.ts';
import type { OperationRepository } from './repository.ts';
import {
  isNumberTaken,
  reservationStatement,
  reservationsStatement,
  toReservations,
} from './reservations.ts';
import { summarizeRecord } from './summary.ts';

const unfinished = ['QUEUED', 'EXECUTING'];

/** How many operations one heartbeat keeps alive, beyond those whose progress it writes down. */
const heartbeats = 1000;

/** How many requests to abort are looked at together. */
const abortRequests = 1000;

/** Of how many operations one statement writes the progress. */
const progressRows = 500;

/** How many rows are looked at for digests: more than one, as a row may know only some of them. */
const digestRows = 20;

/** The record of operations over a Prisma client, for the worker of that name (see `worker.ts`). */
export function createPrismaRepository(database: OperationDatabase, worker: string): OperationRepository {
  const table = database.stagingOperation;
  const mine = { worker, phase: { in: unfinished } };
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
    for (const tell of phaseListeners) tell(operation);
    return operation;
  }

  return {
    find,

    async findSome(ids) {
      const where = { id: { in: [...ids] } };
      const rows = await query(() => table.findMany({ where, orderBy: { id: 'asc' }, take: ids.length }));
      return rows.map(toOperation);
    },

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

    revise: (id, operation) => changeAndRead(id, { phase: 'PENDING' }, requestColumns(operation)),

    async begin(id) {
      const changes = { phase: 'QUEUED', worker, heartbeatAt: new Date() };
      return (await changeAndTell(id, { phase: 'PENDING' }, changes)) > 0;
    },

    async abortPending(id) {
      const { code, message } = new StagingError('ABORTED');
      const failure = { phase: 'ABORTED', errorCode: code, errorReason: message } as const;
      return (await changeAndTell(id, { phase: 'PENDING' }, failureChanges(failure))) > 0;
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

    async recordProgress(progress) {
      const all = [...progress];
      for (let first = 0; first < all.length; first += progressRows) {
        const { sql, values } = progressStatement(all.slice(first, first + progressRows), worker);
        await query(() => database.$executeRawUnsafe(sql, ...values));
      }
    },

    async heartbeat(progress) {
      const heartbeatAt = new Date();
      // No change: whoever looks for changes would otherwise see all operations again and again.
      for (const [id, done] of progress) {
        await update({ ...mine, id }, { ...progressChanges(done), heartbeatAt });
      }
      const rows = await query(() =>
        table.findMany({ where: mine, orderBy: { id: 'asc' }, take: heartbeats }),
      );
      const silent = rows.map((row) => row.id).filter((id) => !progress.has(id));
      // By their ids alone: an UPDATE that searched by phase would lock the phase's whole index range in InnoDB.
      if (silent.length > 0) await update({ id: { in: silent } }, { heartbeatAt });
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

    async requestAbort(id) {
      const where = { id, phase: { in: unfinished }, abortRequestedAt: null };
      await update(where, { abortRequestedAt: new Date() });
    },

    async findAbortRequests() {
      const isAsked = { abortRequestedAt: { not: null } };
      const isDue = { destructionAt: { lte: new Date() } };
      const where = { ...mine, OR: [isAsked, isDue] };
      const rows = await query(() => table.findMany({ where, orderBy: { id: 'asc' }, take: abortRequests }));
      return rows.map(toOperation);
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

    findInterrupted: () =>
      findInterrupted(worker, (phase, after, take) =>
        query(async () => {
          const ids = await selectIds(database, { phase, id: { gt: after } }, { order: 'oldest', take });
          return readRows(database, ids, 'oldest');
        }),
      ),

    async closeInterrupted(operation) {
      const { id, worker: owner, heartbeatAt } = operation;
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

/** Asks the database. It may fail for a hundred reasons of its own, and all mean the same to who asks. */
async function query<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof StagingError) throw cause;
    throw new StagingError('DATABASE_UNAVAILABLE', {}, { cause });
  }
}
