import { Gauge, type Registry } from 'prom-client';
import { memoizeFor } from '../async/coalesce.ts';
import type { Config } from '../config/config.ts';
import type { QueueCounts, WorkerQueue } from '../executor/bullmq/redisBell.ts';
import type { Executor } from '../executor/executor.ts';
import { createFreeSpaceReader, type FreeSpace } from '../storage/mounted/freeSpace.ts';
import type { SpaceReservations } from '../storage/userArea/spaceReservations.ts';
import { methodLabels } from './operationMetrics.ts';

/** Adds the size and free space of the storages. A storage that does not answer has no value until it does. */
export function addSpaceMetrics(
  registry: Registry,
  config: Pick<Config, 'sourceStoragePath' | 'targetStoragePath'>,
  reservations: SpaceReservations,
): void {
  const storages = [
    { storage: 'source', look: createFreeSpaceReader(config.sourceStoragePath) },
    { storage: 'target', look: createFreeSpaceReader(config.targetStoragePath) },
  ];
  const add = (name: string, help: string, measure: (space: FreeSpace) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['storage'],
      registers: [registry],
      async collect() {
        const spaces = await Promise.all(storages.map(({ look }) => look()));
        this.reset();
        storages.forEach(({ storage }, index) => {
          const space = spaces[index];
          if (space) this.set({ storage }, measure(space));
        });
      },
    });
  add(
    'staging_storage_size_bytes',
    'How large the file system of the storage is',
    (space) => space.sizeBytes,
  );
  add('staging_storage_free_bytes', 'What is free there for ordinary users', (space) => space.freeBytes);
  new Gauge({
    name: 'staging_storage_reserved_bytes',
    help: 'Space reserved there for running operations of this process, without what they have already written',
    labelNames: ['storage'],
    registers: [registry],
    collect() {
      this.set({ storage: 'target' }, reservations.reservedBytes());
    },
  });
}

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
  // Both metrics come from one answer.
  const count = memoizeFor<void, QueueCounts | undefined>(0, () => queue.counts().catch(() => undefined));
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
