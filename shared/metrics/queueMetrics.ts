import { Gauge, type Registry } from 'prom-client';
import type { QueueCounts, WorkerQueue } from '../executor/bullmq/redisBell.ts';
import type { Executor } from '../executor/executor.ts';
import { methodLabels } from './operationMetrics.ts';

/** Adds how many operations are queued in this process, and for how long. */
export function addQueueMetrics(registry: Registry, executor: Pick<Executor, 'queues'>): void {
  const registers = [registry];
  new Gauge({
    name: 'staging_operations_queued',
    help: 'Operations that are queued in this process',
    labelNames: ['method'],
    registers,
    collect() {
      for (const method of methodLabels) this.set({ method }, 0);
      for (const { method, size } of executor.queues()) this.set({ method }, size);
    },
  });
  new Gauge({
    name: 'staging_operation_oldest_queued_seconds',
    help: 'Waiting time of the oldest queued operation; 0 if none is queued',
    registers,
    collect() {
      const now = performance.now();
      const waited = executor.queues().map(({ oldestQueuedAt = now }) => (now - oldestQueuedAt) / 1000);
      this.set(Math.max(0, ...waited));
    },
  });
}

/** Adds the state of the queue on Redis. While Redis does not answer, there are no lengths. */
export function addRedisQueueMetrics(registry: Registry, queue: WorkerQueue): void {
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

/** Both metrics come from one answer. */
function createCount(queue: WorkerQueue): () => Promise<QueueCounts | undefined> {
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
