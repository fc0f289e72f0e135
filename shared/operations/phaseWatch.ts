import type { Logger } from 'pino';
import type { Operation } from './operation.ts';
import type { OperationRepository } from './repository.ts';

/** How often the database is asked about the operations that are watched, in ms. */
const lookMs = 1000;

/** Most operations that one look asks about in one statement. */
const operationsPerLook = 1000;

/** Tells when operations change their phase, whichever process runs them. */
export interface PhaseWatch {
  /**
   * Resolves when the operation has another phase than it had when it was read, when the signal aborts, or when the
   * watch is closed. Never rejects: whoever waits reads the operation once more.
   */
  whenChanged(operation: Operation, signal: AbortSignal): Promise<void>;
  /** Lets all go that wait, now and later. */
  close(): void;
}

interface Waiter {
  readonly operation: Operation;
  readonly resolve: () => void;
}

/**
 * One watch for a whole process: it asks the database once a second about all operations that somebody waits for,
 * however many wait, and hears at once of those that the process itself runs. Nobody waits: it asks nothing.
 */
export function createPhaseWatch(
  operations: Pick<OperationRepository, 'findSome' | 'onPhase'>,
  logger: Logger,
): PhaseWatch {
  const waiters = new Set<Waiter>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const notice = (...found: readonly Operation[]) => {
    if (waiters.size === 0) return;
    const phases = new Map(found.map(({ id, phase }) => [id, phase]));
    for (const { operation, resolve } of waiters) {
      const phase = phases.get(operation.id);
      if (phase !== undefined && phase !== operation.phase) resolve();
    }
  };
  const unsubscribe = operations.onPhase(notice);
  const look = async () => {
    timer = undefined;
    const ids = [...new Set([...waiters].map(({ operation }) => operation.id))];
    try {
      for (let start = 0; start < ids.length; start += operationsPerLook) {
        notice(...(await operations.findSome(ids.slice(start, start + operationsPerLook))));
      }
    } catch (error) {
      logger.warn({ err: error }, 'the phases of operations could not be read; tried again in a second');
    }
    lookSoon();
  };
  const lookSoon = () => {
    if (waiters.size > 0 && !isClosed) timer ??= setTimeout(() => void look(), lookMs).unref();
  };
  return {
    async whenChanged(operation, signal) {
      if (isClosed || signal.aborted) return;
      await new Promise<void>((settle) => {
        const resolve = () => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', resolve);
          settle();
        };
        const waiter = { operation, resolve };
        waiters.add(waiter);
        signal.addEventListener('abort', resolve, { once: true });
        lookSoon();
      });
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      unsubscribe();
      for (const { resolve } of waiters) resolve();
    },
  };
}
