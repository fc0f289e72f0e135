import { Gauge, type Registry } from 'prom-client';

/** How many operations wait in the queue, and how many workers have taken. */
interface QueueCounts {
  readonly waiting: number;
  readonly taken: number;
}

interface CountedQueue {
  /** Rejects within seconds when Redis does not answer. */
  counts(): Promise<QueueCounts>;
}

/** Adds how the queue on Redis is. While Redis does not answer, it has no lengths. */
export function addRedisQueueMetrics(registry: Registry, queue: CountedQueue): void {
  const registers = [registry];
  const count = createCount(queue);
  new Gauge({
    name: 'staging_redis_up',
    help: 'Whether the queue on Redis answers; while it does not, operations wait in the database',
    registers,
    async collect() {
      this.set((await count()) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'staging_redis_queue_operations',
    help: 'Operations in the queue on Redis, by state: waiting, or taken by a worker',
    labelNames: ['state'],
    registers,
    async collect() {
      const counts = await count();
      this.reset();
      for (const [state, operations] of Object.entries(counts ?? {})) this.set({ state }, operations);
    },
  });
}

/** Both metrics are of one answer. */
function createCount(queue: CountedQueue): () => Promise<QueueCounts | undefined> {
  let asked: Promise<QueueCounts | undefined> | undefined;
  return () => {
    asked ??= queue
      .counts()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
}
