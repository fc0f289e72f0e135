import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StagingError } from '../../errors/stagingError.ts';
import { hasEnded, type Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';

/** The pauses between two looks, in ms: at first short, as most operations are. */
const firstPauseMs = 100;
const longestPauseMs = 1000;

/** Waits for the ends of operations that other invocations run. */
export interface EndPolling {
  /** @throws SHUTTING_DOWN when the waiting is refused before the end */
  whenEnded(id: string): Promise<Operation>;
  /** Ends all waiting: those who wait hear of it, or with `quietly`, as they have been answered, nothing more. */
  stop(options?: { readonly isQuiet: boolean }): void;
}

/**
 * Looks into the record until it says how operations ended. Other invocations send no word of that, so the first looks
 * follow each other faster than those of `operationWatch.ts` do.
 */
export function createEndPolling(operations: Pick<OperationRecord, 'find'>, logger: Logger): EndPolling {
  const waiting = new Set<AbortController>();
  const read = (id: string) =>
    operations.find(id).catch((error: unknown) => {
      logger.warn({ err: error }, 'the end of an operation could not be read; tried again in a second');
      return null;
    });
  const poll = async (id: string, signal: AbortSignal) => {
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const operation = await read(id);
      if (operation && hasEnded(operation)) return operation;
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  };
  return {
    whenEnded: (id) =>
      new Promise((resolve, reject) => {
        const stopping = new AbortController();
        waiting.add(stopping);
        void poll(id, stopping.signal).then((operation) => {
          waiting.delete(stopping);
          if (operation) resolve(operation);
          else if (stopping.signal.reason instanceof StagingError) reject(stopping.signal.reason);
        });
      }),
    stop({ isQuiet } = { isQuiet: false }) {
      for (const stopping of waiting) stopping.abort(isQuiet ? undefined : new StagingError('SHUTTING_DOWN'));
    },
  };
}
