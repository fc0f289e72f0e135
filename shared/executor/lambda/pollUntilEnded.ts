import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StagingError } from '../../errors/stagingError.ts';
import { theService } from '../../model/caller.ts';
import { hasEnded, type Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';

/** The pauses between two polls, in ms: short at first, because most operations are short. */
const firstPauseMs = 100;
const longestPauseMs = 1000;

/** Waits for the ends of operations that other invocations run. */
export interface EndPolling {
  /** @throws SHUTTING_DOWN when waiting is ended before the operation */
  whenEnded(id: string): Promise<Operation>;
  /** Ends all waiting: waiters get an error, or with `isQuiet`, when they have been answered, nothing. */
  stop(options?: { readonly isQuiet: boolean }): void;
}

/**
 * Polls the record until it shows the ends of operations. Other invocations send no message, so the first polls are
 * more frequent than those of `operationWatch.ts`.
 */
export function createEndPolling(operations: Pick<OperationRecord, 'find'>, logger: Logger): EndPolling {
  const waiting = new Set<AbortController>();
  const read = (id: string) =>
    operations.find(id, theService).catch((error: unknown) => {
      logger.warn({ err: error }, 'could not read the end of an operation; retrying in a second');
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
