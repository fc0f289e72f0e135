import type { QueueState } from '../executor.ts';
import { createFairQueue, type FairQueue } from '../local/fairQueue.ts';

/** What decides about the turn of an operation. */
export interface WaitingOperation {
  readonly id: string;
  readonly method: string;
  readonly user: string;
}

/** The queues of a process: one for each method, as methods do not hold each other up. */
export interface MethodQueues {
  /** Lets an operation wait for its turn. */
  add(operation: WaitingOperation): void;
  /** The operations whose turn it is now, each once. They run until `end`. */
  take(): string[];
  end(id: string): void;
  /** Takes those of the operations out that wait still, and returns them. */
  remove(ids: readonly string[]): string[];
  removeAll(): string[];
  readonly size: number;
  states(): QueueState[];
}

/** Queues that give so many places to each method. `bytesMoved` is how many bytes a running operation has moved. */
export function createMethodQueues(places: number, bytesMoved: (id: string) => number): MethodQueues {
  const queues = new Map<string, FairQueue>();
  const all = () => [...queues.values()];
  return {
    add({ id, method, user }) {
      const queue = queues.get(method) ?? createFairQueue({ places, bytesMoved });
      queues.set(method, queue);
      queue.add(id, user);
    },
    take: () => all().flatMap(takeAll),
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
  for (let id = queue.take(); id !== undefined; id = queue.take()) taken.push(id);
  return taken;
}
