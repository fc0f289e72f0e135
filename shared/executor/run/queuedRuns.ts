import { toStagingError } from '../../errors/stagingError.ts';
import { inLogContext, setRequestId } from '../../logging/logContext.ts';
import { logError } from '../../logging/logError.ts';
import type { RunEnd } from '../bell.ts';
import type { createEarlyClaims } from '../queue/earlyClaims.ts';
import type { createMethodQueues } from '../queue/methodQueues.ts';
import type { createWaitingCalls } from '../queue/waitingCalls.ts';
import { isReleased, type RunContext, type RunServices, runOperation } from './runOperation.ts';

/** The queues of a process, what it has claimed of them early, and the requests that wait for some of it. */
interface QueueParts {
  readonly queues: ReturnType<typeof createMethodQueues>;
  readonly claims: ReturnType<typeof createEarlyClaims>;
  readonly calls: ReturnType<typeof createWaitingCalls>;
  /** Whether no other process can run an operation. */
  isOwn(id: string): boolean;
}

/**
 * Returns a function that runs a queued operation, which has a slot, if this process can claim it. The request that
 * waits for it gets its result; without one, errors are logged. It never rejects.
 */
export function createQueuedRuns(services: RunServices, { queues, claims, calls, isOwn }: QueueParts) {
  const { operations, logger } = services;
  const claimAndRun = async (id: string, context: RunContext): Promise<RunEnd> => {
    // A client should learn quickly that the database does not answer; without a waiting client, the executor waits for
    // the database.
    const patience = calls.find(id) ? undefined : { logger, signal: context.signal };
    const early = claims.take(id);
    const operation = await (early ?? operations.claim(id, patience));
    // A request waits for its end elsewhere.
    if (!operation) return 'skipped';
    const { method, username } = operation;
    claims.claimNext((count) => queues.upcoming(method, username, count).filter((next) => !calls.find(next)));
    // It was claimed while everything was being interrupted: it has not started, and stays queued.
    if (isInterrupted(context) && !isOwn(id)) {
      await operations.release([id]);
      return 'released';
    }
    // An operation that may wait for its data reports its end to waiting requests through the record.
    const call = operation.replicate && !isOwn(id) ? undefined : calls.take(id);
    if (!call) setRequestId(operation.requestId);
    try {
      // If this process died before its end is recorded, it would run again: only then its slot is free for the next.
      const onStaged = early && context.onStaged;
      const run = () => runOperation(services, operation, { ...context, onStaged }, call);
      const staged = await (call ? call.inContext(run) : run());
      if (!staged) return 'waiting';
      // Not for downloads: their ends free no slot for what is queued.
      claims.noteEnd();
      call?.resolve(staged);
      return 'ended';
    } catch (thrown) {
      const error = toStagingError(thrown);
      if (call) call.reject(error);
      else if (!isReleased(services, error)) logError(logger, error);
      if (!isReleased(services, error, call)) return 'ended';
      return context.progress.hasAdvanced ? 'advanced' : 'released';
    }
  };
  return (id: string, context: RunContext): Promise<RunEnd> =>
    inLogContext({ operationId: id }, () =>
      claimAndRun(id, context).catch((error: unknown): RunEnd => {
        const call = calls.take(id);
        if (call) call.reject(error);
        else if (!context.signal.aborted) logError(logger, toStagingError(error));
        return 'skipped';
      }),
    );
}

function isInterrupted({ signal }: RunContext): boolean {
  return signal.aborted && toStagingError(signal.reason).code === 'INTERRUPTED';
}
