import { withLogContext } from '../../logging/logContext.ts';
import { theService } from '../../model/caller.ts';
import { type ClaimServices, runClaimed } from '../run/runClaimed.ts';
import type { Invoke } from './invoker.ts';
import { invokeForAll } from './lambdaExecutor.ts';
import { maxContinuations, readOperationsEvent } from './operationsEvent.ts';

/**
 * How often an operation is started that exceeds the time of its invocation each time: the next attempt starts from the
 * beginning, too.
 */
const maxAttempts = 3;

/** Runs the operations that events name. */
export interface EventRunner {
  /** Resolves when they have ended or, after `interrupt`, are passed on. Never rejects. */
  run(event: object): Promise<void>;
  /** Starts no more of them. */
  interrupt(): void;
}

interface EventRunnerServices extends ClaimServices {
  readonly invoke: Invoke;
}

/**
 * Runs the operations of events, up to a limit at the same time. An event is only a hint: an operation is run by the
 * invocation that claims it in the database. What cannot end within the time of this invocation is passed on to
 * another.
 */
export function createEventRunner(services: EventRunnerServices): EventRunner {
  const { config, operations, logger } = services;
  let isInterrupted = false;

  const runOne = async (id: string): Promise<boolean> => {
    const operation = await operations.claim(id);
    if (!operation) {
      logger.info(
        { operationId: id },
        'skipped an operation of the event: it does not exist, is running, or has ended',
      );
      return true;
    }
    let isEnded = true;
    const release = async () => {
      isEnded = operation.attempts >= maxAttempts;
      if (isEnded) await giveUp(services, id);
    };
    await runClaimed({ ...services, release: release }, operation);
    return isEnded;
  };
  /** @returns the unfinished ones */
  const runAll = async (ids: readonly string[]) => {
    const waiting = [...new Set(ids)];
    const left: string[] = [];
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const isEnded = !isInterrupted && (await runOne(id).catch(logFailure(id)));
        if (!isEnded) left.push(id);
      }
    };
    await Promise.all(Array.from({ length: config.concurrency }, work));
    return left;
  };
  const logFailure = (operationId: string) => (error: unknown) => {
    logger.error({ err: error, operationId }, 'could not start an operation');
    return true;
  };
  const handOn = async (ids: readonly string[], continued: number) => {
    if (continued <= maxContinuations) {
      logger.info({ operations: ids.length, continued }, 'passed on to another invocation');
      await invokeForAll(ids, services.invoke, continued);
      return;
    }
    for (const id of ids) await withLogContext({ operationId: id }, () => giveUp(services, id));
  };
  return {
    async run(given) {
      isInterrupted = false;
      const event = readOperationsEvent(given);
      if (!event) {
        logger.warn('ignored a malformed operations event');
        return;
      }
      const left = await runAll(event.stagingOperations);
      if (left.length === 0) return;
      await handOn(left, event.continued + 1).catch((error: unknown) => {
        logger.error(
          { err: error, operations: left.length },
          'could not invoke the function; trying again later',
        );
      });
    },
    interrupt() {
      isInterrupted = true;
    },
  };
}

/** Ends an operation that was started repeatedly and never finished. */
async function giveUp({ operations, logger }: EventRunnerServices, id: string): Promise<void> {
  const operation = await operations.find(id, theService);
  if (!operation || operation.attempts === 0) return;
  if (await operations.closeInterrupted(operation)) {
    logger.error(
      { attempts: operation.attempts },
      'gave up: the operation repeatedly exceeded the time of an invocation',
    );
  }
}
