import type { Logger } from 'pino';
import type { OperationRepository } from '../../record/operationRecord.ts';

/** How often a process looks whether one of its operations shall be aborted, in ms. */
const lookMs = 1000;

interface AbortServices {
  readonly operations: OperationRepository;
  readonly logger: Logger;
  /** Whether an operation runs or waits here: otherwise there is nothing to look for. */
  isBusy(): boolean;
  abort(ids: readonly string[]): void;
}

/**
 * Aborts the operations of this process for which the record says so: any process may write that into it.
 * @returns what ends that
 */
export function watchAbortRequests({ operations, logger, isBusy, abort }: AbortServices): () => void {
  let isLooking = false;
  const look = async () => {
    if (isLooking || !isBusy()) return;
    isLooking = true;
    try {
      const ids = (await operations.findAbortRequests()).map(({ id }) => id);
      if (ids.length > 0) abort(ids);
    } catch (error) {
      logger.warn({ err: error }, 'requests to abort could not be read; tried again soon');
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs).unref();
  return () => clearInterval(timer);
}
