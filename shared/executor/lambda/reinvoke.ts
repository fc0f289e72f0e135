import type { Logger } from 'pino';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Invoke } from './invoker.ts';
import { invokeForAll } from './lambdaExecutor.ts';
import { operationsPerEvent } from './operationsEvent.ts';

/** How often an instance looks for operations without an invocation, in ms. */
const reinvokeMs = 300_000;

/** How long an operation is queued before the function is invoked again for it, in ms: it may be waiting for a slot. */
const settledMs = 300_000;

/** Looks for queued operations whose invocation was lost, and invokes the function again. */
export interface Reinvocation {
  /** For the oldest, as many as one event names. Never rejects. */
  now(): Promise<void>;
  /** The same, at most every five minutes in one instance. */
  ifDue(): Promise<void>;
}

/** Creates what looks for queued operations whose invocation was lost. */
export function createReinvocation(
  operations: Pick<OperationRecord, 'findQueued'>,
  invoke: Invoke,
  logger: Logger,
): Reinvocation {
  let nextRun = 0;
  const now = async () => {
    nextRun = Date.now() + reinvokeMs;
    try {
      const before = new Date(Date.now() - settledMs);
      const lost = await operations.findQueued({ after: '', before, limit: operationsPerEvent });
      if (lost.length === 0) return;
      logger.warn({ operations: lost.length }, 'operations had no invocation; invoked the function again');
      await invokeForAll(
        lost.map(({ id }) => id),
        invoke,
      );
    } catch (error) {
      logger.error({ err: error }, 'could not invoke the function; trying again later');
    }
  };
  return {
    now,
    async ifDue() {
      if (Date.now() >= nextRun) await now();
    },
  };
}
