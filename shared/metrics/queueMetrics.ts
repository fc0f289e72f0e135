import { Gauge, type Registry } from 'prom-client';
import type { Executor } from '../executor/executor.ts';
import { methodLabels } from './operationMetrics.ts';

/** Adds how many operations wait for their turn in this process, and for how long, as its queues themselves say. */
export function addQueueMetrics(registry: Registry, executor: Pick<Executor, 'queues'>): void {
  const registers = [registry];
  new Gauge({
    name: 'staging_operations_queued',
    help: 'Operations that wait for their turn in this process',
    labelNames: ['method'],
    registers,
    collect() {
      for (const method of methodLabels) this.set({ method }, 0);
      for (const { method, size } of executor.queues()) this.set({ method }, size);
    },
  });
  new Gauge({
    name: 'staging_operation_oldest_queued_seconds',
    help: 'How long the oldest of them has waited; 0 if none does',
    registers,
    collect() {
      const now = performance.now();
      const waited = executor.queues().map(({ oldestQueuedAt = now }) => (now - oldestQueuedAt) / 1000);
      this.set(Math.max(0, ...waited));
    },
  });
}
