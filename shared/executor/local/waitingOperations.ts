import type { Logger } from 'pino';
import type { StagingError } from '../../errors/stagingError.ts';
import { inLogContext } from '../../logging/logContext.ts';
import { logError } from '../../logging/logError.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { QueueState } from '../executor.ts';
import { failureOf } from '../run/recordFailure.ts';
import type { RunContext } from '../run/runContext.ts';
import { waitForDatabase } from '../run/waitForDatabase.ts';
import { createFairQueue, type FairQueue } from './fairQueue.ts';

/** A caller that waits for the end of a queued operation. */
interface Waiter {
  /** The work of the operation once it has a slot. Never rejects. */
  work(context: RunContext): Promise<void>;
  /** Called when it never gets a slot, with the reason. */
  reject(error: StagingError): void;
}

/** The operations that are queued in this process. */
export interface WaitingOperations extends Pick<MethodQueues, 'take' | 'end' | 'states' | 'size'> {
  /** Queues an operation. It has a waiter if its caller waits for its end. */
  add(operation: WaitingOperation, waiter?: Waiter): void;
  /** The operations that have a slot now, each once: they run until `end`. */
  dequeue(): { readonly id: string; readonly waiter: Waiter | undefined }[];
  /** Drops these operations if they are still queued. */
  drop(ids: readonly string[]): void;
  /** Ends these operations if they are still queued, with an error for their records. */
  reject(ids: readonly string[], reason: StagingError): Promise<void>;
  rejectAll(reason: StagingError): Promise<void>;
  /** Resolves when no rejection is in progress. */
  whenRefused(): Promise<void>;
  /** How many rejections are in progress. */
  readonly refusals: number;
}

interface WaitingServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** How many operations of one method run at the same time. */
  readonly places: number;
  /** How many bytes a running operation has moved. */
  bytesMoved(id: string): number;
  /** Stops waiting for a database that is down. */
  readonly signal: AbortSignal;
}

/** Empty at first. Of an operation without a waiter, only its id is in a queue, as there may be 100,000 of them. */
export function createWaitingOperations(services: WaitingServices): WaitingOperations {
  const queues = createMethodQueues(services.places, services.bytesMoved);
  const waiters = new Map<string, Waiter>();
  const refusals = new Set<Promise<void>>();

  const takeWaiter = (id: string) => {
    const waiter = waiters.get(id);
    waiters.delete(id);
    return waiter;
  };
  const reject = async (ids: readonly string[], reason: StagingError) => {
    if (ids.length === 0) return;
    const recording = recordRefusals(services, ids, reason);
    refusals.add(recording);
    await recording;
    refusals.delete(recording);
    const withoutWaiter = ids.filter((id) => !waiters.has(id));
    logRefusals(services.logger, withoutWaiter, reason);
    for (const id of ids) takeWaiter(id)?.reject(reason);
  };
  return {
    add(operation, waiter) {
      if (waiter) waiters.set(operation.id, waiter);
      queues.add(operation);
    },
    dequeue: () => queues.dequeue().map((id) => ({ id, waiter: takeWaiter(id) })),
    take: queues.take,
    end: queues.end,
    drop: (ids) => void queues.remove(ids),
    reject: (ids, reason) => reject(queues.remove(ids), reason),
    rejectAll: (reason) => reject(queues.removeAll(), reason),
    async whenRefused() {
      await Promise.all(refusals);
    },
    states: queues.states,
    get size() {
      return queues.size;
    },
    get refusals() {
      return refusals.size;
    },
  };
}

/** Never rejects: they are not run, whatever the record says. */
async function recordRefusals(
  { operations, logger, signal }: WaitingServices,
  ids: readonly string[],
  reason: StagingError,
): Promise<void> {
  try {
    await waitForDatabase(() => operations.failSome(ids, failureOf(reason)), { logger, signal });
  } catch (cause) {
    logger.error({ err: cause }, 'could not record the end of queued operations');
  }
}

/** More operations than this that end together are logged in one line, as thousands would block the log. */
const linesOfRefusals = 20;

function logRefusals(logger: Logger, ids: readonly string[], error: StagingError): void {
  const { code, message } = error;
  if (ids.length > linesOfRefusals) {
    logger.info({ code, operations: ids.length }, `queued operations: ${message}`);
    return;
  }
  for (const operationId of ids) inLogContext({ operationId }, () => logError(logger, error));
}

/** What decides the order of an operation. */
interface WaitingOperation {
  readonly id: string;
  readonly method: string;
  readonly user: string;
}

/** The queues of a process: one for each method, so that methods do not delay each other. */
interface MethodQueues {
  /** Queues an operation. */
  add(operation: WaitingOperation): void;
  /** The operations that have a slot now, each once. They run until `end`. */
  dequeue(): string[];
  /** Whether a slot is free for an operation, while none is queued for it: it runs from now on, until `end`. */
  take(operation: WaitingOperation): boolean;
  end(id: string): void;
  /** Removes these operations if they are still queued, and returns the removed ones. */
  remove(ids: readonly string[]): string[];
  removeAll(): string[];
  readonly size: number;
  states(): QueueState[];
}

/** Queues with a number of slots for each method. `bytesMoved` is how many bytes a running operation has moved. */
function createMethodQueues(places: number, bytesMoved: (id: string) => number): MethodQueues {
  const queues = new Map<string, FairQueue>();
  const all = () => [...queues.values()];
  const queueOf = (method: string) => {
    const queue = queues.get(method) ?? createFairQueue({ places, bytesMoved });
    queues.set(method, queue);
    return queue;
  };
  return {
    add: ({ id, method, user }) => queueOf(method).add(id, user),
    take: ({ id, method, user }) => queueOf(method).take(id, user),
    dequeue: () => all().flatMap(takeAll),
    end(id) {
      for (const queue of all()) queue.end(id);
    },
    remove: (ids) => ids.filter((id) => all().some((queue) => queue.remove(id))),
    removeAll: () => all().flatMap((queue) => queue.removeAll()),
    get size() {
      return all().reduce((sum, queue) => sum + queue.size, 0);
    },
    states: () =>
      [...queues].map(([method, queue]) => ({
        method,
        size: queue.size,
        oldestQueuedAt: queue.oldestQueuedAt(),
      })),
  };
}

function takeAll(queue: FairQueue): string[] {
  const taken: string[] = [];
  for (let id = queue.dequeue(); id !== undefined; id = queue.dequeue()) taken.push(id);
  return taken;
}
