import type { Config } from '../../config/config.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { withLogContext } from '../../logging/logContext.ts';
import { theService } from '../../model/caller.ts';
import type { Receiver } from '../bell.ts';
import { type EndingServices, endUnowned } from '../run/operationEnd.ts';
import { maxContinuations, readOperationsEvent } from './operationsEvent.ts';

/**
 * How often an operation is started that exceeds the time of its invocation each time, without a checkpoint to resume
 * from.
 */
const maxAttempts = 3;

/** The dependencies for running the operations of events. */
export type EventServices = EndingServices & { readonly config: Config };

/**
 * Runs the operations of events, with limited concurrency. Those that cannot end within the time of this invocation are
 * passed on to another by `invokeForAll`, which never rejects.
 */
export function createEventRunner(
  services: EventServices,
  invokeForAll: (ids: readonly string[], continued: number) => Promise<void>,
) {
  const { config, operations, logger } = services;
  let isInterrupted = false;
  let receiver: Receiver | undefined;

  /** @returns whether it has ended, as far as this function is concerned */
  const runOne = async (id: string): Promise<boolean> => {
    const end = await receiver?.claimAndRun(id);
    if (end === 'skipped') {
      logger.info(
        { operationId: id },
        'skipped an operation of the event: it does not exist, is running, or has ended',
      );
    }
    if (end === 'advanced') return false;
    return end !== 'released' || (await withLogContext({ operationId: id }, () => giveUp(id)));
  };
  /** @returns the unfinished ones */
  const runAll = async (ids: readonly string[]) => {
    const waiting = [...new Set(ids)];
    const left: string[] = [];
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const isEnded = !isInterrupted && (await runOne(id));
        if (!isEnded) left.push(id);
      }
    };
    await Promise.all(Array.from({ length: config.concurrency }, work));
    return left;
  };
  /** Ends an operation that was started too often and never completed. @returns whether it did */
  const giveUp = async (id: string): Promise<boolean> => {
    const operation = await operations.find(id, theService);
    if (!operation || operation.attempts < maxAttempts) return false;
    const { attempts } = operation;
    logger.error(
      { attempts },
      'giving up: the operation repeatedly exceeded the time limit of an invocation',
    );
    await endUnowned(services, operation, new StagingError('INTERRUPTED'));
    return true;
  };
  const handOn = async (ids: readonly string[], continued: number) => {
    if (continued > maxContinuations) {
      logger.info(
        { operations: ids.length },
        'left to the next sweep: AWS would treat more events as a loop',
      );
      return;
    }
    logger.info({ operations: ids.length, continued }, 'handed over to another invocation');
    await invokeForAll(ids, continued);
  };
  return {
    /** Resolves when they have ended or, after `interrupt`, are passed on. Never rejects. */
    async runEvent(given: object) {
      isInterrupted = false;
      const event = readOperationsEvent(given);
      if (!event) {
        logger.warn('ignored a malformed operations event');
        return;
      }
      const left = await runAll(event.stagingOperations);
      if (left.length > 0) await handOn(left, event.continued + 1);
    },
    /** Starts no further operations. */
    interrupt() {
      isInterrupted = true;
    },
    /** Sets the executor that runs them. */
    runBy(executor: Receiver) {
      receiver = executor;
    },
  };
}
