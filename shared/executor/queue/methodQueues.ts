import type { QueuedOperation } from '../../record/operationRecord.ts';
import type { QueueState } from '../executor.ts';
import { createFairQueue, type FairQueue } from './fairQueue.ts';

/**
 * The queues of a process: one for each method, so that methods do not delay each other. They hold only ids, because
 * there may be 100,000 operations.
 */
export interface MethodQueues {
  /** Queues an operation, unless it is queued already. */
  add(operation: Pick<QueuedOperation, 'id' | 'method' | 'username'>): void;
  /** The operations that have a slot now, each returned once. They hold it until `end`. */
  dequeue(): string[];
  /**
   * Whether a slot is free for an operation, while none is queued for it: it holds the slot from now on, until `end`.
   */
  take(operation: Pick<QueuedOperation, 'id' | 'method' | 'username'>): boolean;
  end(id: string): void;
  /** The next operations of a user that are queued for a method, up to a number. */
  upcoming(method: string | null, username: string | null, count: number): readonly string[];
  /** Removes these operations if they are still queued, and returns the removed ones. */
  remove(ids: readonly string[]): string[];
  removeAll(): string[];
  readonly size: number;
  states(): QueueState[];
}

/** Queues with a number of slots for each method. `bytesMoved` is how many bytes a running operation has moved. */
export function createMethodQueues(places: number, bytesMoved: (id: string) => number): MethodQueues {
  const queues = new Map<string, FairQueue>();
  const all = () => [...queues.values()];
  const queueOf = (method: string | null) => {
    const name = method ?? '';
    const queue = queues.get(name) ?? createFairQueue({ places, bytesMoved });
    queues.set(name, queue);
    return queue;
  };
  return {
    add: ({ id, method, username }) => queueOf(method).add(id, username ?? ''),
    take: ({ id, method, username }) => queueOf(method).take(id, username ?? ''),
    dequeue: () => all().flatMap(takeAll),
    end(id) {
      for (const queue of all()) queue.end(id);
    },
    upcoming: (method, username, count) => queueOf(method).upcoming(username ?? '', count),
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
