import type { QueuedOperation } from '../../record/queueRecord.ts';
import type { QueueState } from '../executor.ts';
import { createFairQueue } from './fairQueue.ts';

type Queued = Pick<QueuedOperation, 'id' | 'method' | 'username'>;

/**
 * The queues of a process: one for each method, with a number of slots, so that methods do not delay each other. They
 * hold only ids, because there may be 100,000 operations. `bytesMoved` is how many bytes a running operation has moved.
 */
export function createMethodQueues(places: number, bytesMoved: (id: string) => number) {
  const queues = new Map<string, ReturnType<typeof createFairQueue>>();
  const all = () => [...queues.values()];
  const queueOf = (method: string | null) => {
    const name = method ?? '';
    const queue = queues.get(name) ?? createFairQueue({ places, bytesMoved });
    queues.set(name, queue);
    return queue;
  };
  return {
    add: ({ id, method, username }: Queued) => queueOf(method).add(id, username ?? ''),
    /** Whether a slot is free, while none is queued for the method: the operation holds it from now on, until `end`. */
    take: ({ id, method, username }: Queued) => queueOf(method).take(id, username ?? ''),
    /** The operations that have a slot now, each returned once. They hold it until `end`. */
    dequeue: () =>
      all().flatMap((queue) => {
        const taken: string[] = [];
        for (let id = queue.dequeue(); id !== undefined; id = queue.dequeue()) taken.push(id);
        return taken;
      }),
    end(id: string) {
      for (const queue of all()) queue.end(id);
    },
    upcoming: (method: string | null, username: string | null, count: number) =>
      queueOf(method).upcoming(username ?? '', count),
    /** Removes these operations if they are still queued, and returns the removed ones. */
    remove: (ids: readonly string[]) => ids.filter((id) => all().some((queue) => queue.remove(id))),
    removeAll: () => all().flatMap((queue) => queue.removeAll()),
    get size() {
      return all().reduce((sum, queue) => sum + queue.size, 0);
    },
    states: (): QueueState[] =>
      [...queues].map(([method, queue]) => ({
        method,
        size: queue.size,
        oldestQueuedAt: queue.oldestQueuedAt(),
      })),
  };
}
