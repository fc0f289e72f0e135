import { chunksOf } from '../../model/chunks.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { QueueRecord } from '../operationRecord.ts';
import { toOperation } from '../rows/operationRow.ts';
import { type OperationStore, unfinished } from './operationStore.ts';

/** How many operations one statement releases. */
const rowsReleased = 500;

/** The columns of an operation in the queue: as if it had just been requested, except its attempts. */
const inQueue = () => ({
  phase: 'QUEUED',
  worker: null,
  heartbeatAt: new Date(),
  startedAt: null,
  bytesDone: 0n,
  filesDone: 0n,
});

/** The part of the record that a queue needs. */
export function createQueueRecord(
  { stagingOperation: table, query }: OperationDatabase,
  { find, change, observers }: OperationStore,
  worker: string,
): QueueRecord {
  return {
    async release(ids) {
      for (const some of chunksOf(ids, rowsReleased)) {
        await change({ id: { in: some }, worker, phase: { in: unfinished } }, inQueue());
      }
      for (const id of ids) observers.left(id);
    },

    async claim(id) {
      const now = new Date();
      await change(
        { id, phase: 'QUEUED', worker: null },
        {
          phase: 'EXECUTING',
          worker,
          startedAt: now,
          heartbeatAt: now,
          attempts: { increment: 1 },
          // Reservations of an earlier attempt end.
          reservedBytes: null,
        },
      );
      const operation = await find(id);
      if (operation?.worker !== worker || operation.phase !== 'EXECUTING') return null;
      observers.started(operation);
      return operation;
    },

    async requeue({ id, worker: owner, heartbeatAt }) {
      const isSame = { id, worker: owner, heartbeatAt, phase: { in: unfinished } };
      return (await change(isSame, { ...inQueue(), workerDeaths: { increment: 1 } })) === 1;
    },

    async findQueued({ after, before, limit }) {
      const where = { phase: 'QUEUED', worker: null, id: { gt: after }, heartbeatAt: { lt: before } };
      const orderBy = { id: 'asc' } as const;
      return (await query(() => table.findMany({ where, orderBy, take: limit }))).map(toOperation);
    },
  };
}
