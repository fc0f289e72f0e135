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

/** Somebody who waits for the end of an operation that waits for its turn. */
interface Waiter {
  /** What the operation is to do when its turn comes. Never rejects. */
  work(context: RunContext): Promise<void>;
  /** Hears that its turn never comes, and why. */
  reject(error: StagingError): void;
}

/** The operations that wait in this process for their turn. */
export interface WaitingOperations extends Pick<MethodQueues, 'end' | 'states' | 'size'> {
  /** Lets an operation wait. It has a caller when somebody waits for its end. */
  add(operation: WaitingOperation, waiter?: Waiter): void;
  /** The operations whose turn it is now, each once: they run until `end`. */
  dequeue(): { readonly id: string; readonly waiter: Waiter | undefined }[];
  /** Drops those of the operations that wait still. */
  drop(ids: readonly string[]): void;
  /** Ends those of the operations that wait still, for a reason that goes into their records. */
  reject(ids: readonly string[], reason: StagingError): Promise<void>;
  rejectAll(reason: StagingError): Promise<void>;
  /** Resolves when nobody is being refused any more. */
  whenRefused(): Promise<void>;
  /** How many refusals go on. */
  readonly refusals: number;
}

interface WaitingServices {
  readonly operations: OperationRecord;
  readonly logger: Logger;
  /** How many operations of one method run at once. */
  readonly places: number;
  /** How many bytes a running operation has moved. */
  bytesMoved(id: string): number;
  /** Ends waiting for a database that is away. */
  readonly signal: AbortSignal;
}

/** None at first. Of one without a caller there is no more than its id in a queue, as there may be 100,000 of them. */
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
    logger.error({ err: cause }, 'the end of operations that waited could not be recorded');
  }
}

/** More than so many operations that are ended together have one line in the log, which thousands would hold up. */
const linesOfRefusals = 20;

function logRefusals(logger: Logger, ids: readonly string[], error: StagingError): void {
  const { code, message } = error;
  if (ids.length > linesOfRefusals) {
    logger.info({ code, operations: ids.length }, `operations that waited: ${message}`);
    return;
  }
  for (const operationId of ids) inLogContext({ operationId }, () => logError(logger, error));
}

/** What decides about the turn of an operation. */
interface WaitingOperation {
  readonly id: string;
  readonly method: string;
  readonly user: string;
}

/** The queues of a process: one for each method, as methods do not hold each other up. */
interface MethodQueues {
  /** Lets an operation wait for its turn. */
  add(operation: WaitingOperation): void;
  /** The operations whose turn it is now, each once. They run until `end`. */
  dequeue(): string[];
  end(id: string): void;
  /** Takes those of the operations out that wait still, and returns them. */
  remove(ids: readonly string[]): string[];
  removeAll(): string[];
  readonly size: number;
  states(): QueueState[];
}

/** Queues that give so many places to each method. `bytesMoved` is how many bytes a running operation has moved. */
function createMethodQueues(places: number, bytesMoved: (id: string) => number): MethodQueues {
  const queues = new Map<string, FairQueue>();
  const all = () => [...queues.values()];
  return {
    add({ id, method, user }) {
      const queue = queues.get(method) ?? createFairQueue({ places, bytesMoved });
      queues.set(method, queue);
      queue.add(id, user);
    },
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
