import type { Operation } from '../../model/operation.ts';
import { query } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { toOperation } from '../rows/operationRow.ts';
import { type RecordAccess, unfinished } from './operationStore.ts';

/** Which operations of the queue to read: in the order of their ids, after one of them. */
interface UnclaimedPage {
  readonly after: string;
  /** Only those that came into the queue, or came back to it, before this time. */
  readonly before: Date;
  readonly limit: number;
}

/**
 * What the record offers to processes that share operations: one that is QUEUED and owned by nobody is in the queue,
 * and belongs to the worker that claims it.
 */
export interface QueueRecord {
  /** Gives unfinished operations of this worker to whoever claims them. Those that are not its own stay as they are. */
  release(ids: readonly string[]): Promise<void>;
  /**
   * Begins a new attempt of an operation in the queue, which is EXECUTING and this worker's then: of all who claim it,
   * one gets it. Null for the others. An answer that was lost may be asked for again.
   */
  claim(id: string): Promise<Operation | null>;
  /** Puts an operation back whose worker has died, and counts that. False when somebody else did, or the worker came back. */
  requeue(operation: Operation): Promise<boolean>;
  /** Operations in the queue, by the order of their ids. */
  findUnclaimed(page: UnclaimedPage): Promise<readonly Operation[]>;
}

/** How many operations one statement gives away. */
const rowsReleased = 500;

/** What an operation in the queue looks like: as if it had just been asked for, but for its attempts. */
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
  { stagingOperation: table }: OperationDatabase,
  { find, change }: RecordAccess,
  worker: string,
): QueueRecord {
  return {
    async release(ids) {
      for (let first = 0; first < ids.length; first += rowsReleased) {
        const some = ids.slice(first, first + rowsReleased);
        await change({ id: { in: some }, worker, phase: { in: unfinished } }, inQueue());
      }
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
          // What an earlier attempt was promised is promised no more.
          reservedBytes: null,
        },
      );
      const operation = await find(id);
      return operation?.worker === worker && operation.phase === 'EXECUTING' ? operation : null;
    },

    async requeue({ id, worker: owner, heartbeatAt }) {
      const isSame = { id, worker: owner, heartbeatAt, phase: { in: unfinished } };
      return (await change(isSame, { ...inQueue(), workerDeaths: { increment: 1 } })) === 1;
    },

    async findUnclaimed({ after, before, limit }) {
      const where = { phase: 'QUEUED', worker: null, id: { gt: after }, heartbeatAt: { lt: before } };
      const orderBy = { id: 'asc' } as const;
      return (await query(() => table.findMany({ where, orderBy, take: limit }))).map(toOperation);
    },
  };
}
