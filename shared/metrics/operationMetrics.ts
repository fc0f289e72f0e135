// Metrics are counted from the record events of this process, so they agree with GET /operations. Labels never contain
// user names, paths or other client text.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { findErrorDefinition } from '../errors/errorTable.ts';
import { findStagingMethod, stagingMethodNames } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import type { OperationObserver } from '../record/operationRecord.ts';

/**
 * How often the delay of the event loop is sampled, in ms. The library's default of 10 ms wakes an idle process 100
 * times a second.
 */
const eventLoopSampleMs = 100;

/** A registry for one process, with the default metrics of Node.js processes. */
export function createMetricsRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: eventLoopSampleMs });
  return register;
}

/** From a link, 10 ms, to a large dataset, a day; in seconds. */
const durationBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600, 10_800, 36_000, 86_400];

/** The label of requests that name none of our methods: labels are never a client's text. */
const unknownMethod = 'unknown';
export const methodLabels: readonly string[] = [...stagingMethodNames, unknownMethod];
const outcomes = ['staged', 'already_present', 'failed', 'aborted'] as const;

/** An operation that runs in this process, since a time of the monotonic clock, in ms. */
interface Running {
  readonly method: string;
  readonly username: string | null;
  readonly startedAt: number;
}

/** Counts the events of this process's record. Metrics contain no user names, only the number of users. */
export function createOperationMetrics(registry: Registry): OperationObserver {
  const running = new Map<string, Running>();
  const ended = createEndedMetrics(registry);
  addRunningGauges(registry, running);
  const databaseUnavailable = new Counter({
    name: 'staging_database_unavailable_total',
    help: 'Database calls that failed because the database did not answer',
    registers: [registry],
  });
  return {
    started({ id, method, username }) {
      running.set(id, { method: methodLabel(method), username, startedAt: performance.now() });
    },
    ended(operation) {
      ended.count(operation, running.get(operation.id)?.startedAt);
    },
    left: (id) => void running.delete(id),
    databaseUnavailable: () => databaseUnavailable.inc(),
  };
}

function createEndedMetrics(registry: Registry) {
  const registers = [registry];
  const operations = new Counter({
    name: 'staging_operations_total',
    help: 'Operations that have ended, by outcome: staged, already_present, failed or aborted',
    labelNames: ['method', 'outcome'],
    registers,
  });
  const errors = new Counter({
    name: 'staging_operation_errors_total',
    help: 'Operations that have failed, by class and code of the error',
    labelNames: ['method', 'class', 'code'],
    registers,
  });
  const bytes = new Counter({
    name: 'staging_bytes_total',
    help: 'Bytes of operations that have ended as staged, counted at their end; a link counts what it leads to',
    labelNames: ['method'],
    registers,
  });
  const duration = new Histogram({
    name: 'staging_operation_duration_seconds',
    help: 'Run time of operations of every outcome, without their time in the queue',
    labelNames: ['method'],
    buckets: durationBuckets,
    registers,
  });
  // From the start, because a rate includes a first failure only if the counter was 0 before.
  for (const method of methodLabels) {
    bytes.inc({ method }, 0);
    for (const outcome of outcomes) operations.inc({ method, outcome }, 0);
  }
  return {
    count(operation: Operation, startedAt: number | undefined): void {
      const method = methodLabel(operation.method);
      const outcome = outcomeOf(operation);
      operations.inc({ method, outcome });
      if (outcome === 'failed') errors.inc({ method, ...errorLabels(operation.errorCode) });
      if (outcome === 'staged') bytes.inc({ method }, operation.bytesDone);
      if (startedAt !== undefined) duration.observe({ method }, (performance.now() - startedAt) / 1000);
    },
  };
}

function addRunningGauges(registry: Registry, running: ReadonlyMap<string, Running>): void {
  const registers = [registry];
  new Gauge({
    name: 'staging_operations_running',
    help: 'Operations running in this process',
    labelNames: ['method'],
    registers,
    collect() {
      for (const method of methodLabels) this.set({ method }, 0);
      for (const { method } of running.values()) this.inc({ method });
    },
  });
  new Gauge({
    name: 'staging_users_running',
    help: 'Users with operations running in this process',
    registers,
    collect() {
      this.set(countByUser(running.values()).length);
    },
  });
  new Gauge({
    name: 'staging_user_operations_running_max',
    help: 'Maximum number of operations of one user running in this process',
    registers,
    collect() {
      this.set(Math.max(0, ...countByUser(running.values())));
    },
  });
}

/** The number of operations of each user; names are not exposed. */
function countByUser(operations: Iterable<Running>): number[] {
  const counts = new Map<string | null, number>();
  for (const { username } of operations) counts.set(username, (counts.get(username) ?? 0) + 1);
  return [...counts.values()];
}

function methodLabel(method: string | null): string {
  return (method && findStagingMethod(method)) || unknownMethod;
}

function outcomeOf({ phase, outcome }: Operation): (typeof outcomes)[number] {
  if (phase === 'ABORTED') return 'aborted';
  return phase === 'COMPLETED' ? (outcome ?? 'staged') : 'failed';
}

/** Also for error codes of another version, which may not be in our table. */
function errorLabels(errorCode: string | null): { class: string; code: string } {
  const definition = findErrorDefinition(errorCode);
  if (errorCode === null || !definition) return { class: 'unknown', code: 'unknown' };
  return { class: definition.class, code: errorCode };
}
