import { raceAbort, withResolvers } from '../../async/abortSignals.ts';

/** Locks of targets: of several operations in this process for one target, one runs and the others wait. */
export interface TargetLocks {
  /** Waits for the lock of a target; disposing of it releases the lock. Rejects if aborted while waiting. */
  acquire(target: string, signal: AbortSignal): Promise<AsyncDisposable>;
}

/**
 * Locks of this process. They only save work: ten requests for one file copy it once. Two processes cannot disturb each
 * other because publishing never replaces anything.
 */
export function createTargetLocks(): TargetLocks {
  const lastTurns = new Map<string, Promise<void>>();
  return {
    async acquire(target, signal) {
      const before = lastTurns.get(target);
      const { promise: ended, resolve: end } = withResolvers();
      const turn = Promise.all([before, ended]).then(() => undefined);
      lastTurns.set(target, turn);
      void turn.then(() => {
        if (lastTurns.get(target) === turn) lastTurns.delete(target);
      });
      try {
        signal.throwIfAborted();
        await raceAbort(Promise.resolve(before), signal);
      } catch (error) {
        end();
        throw error;
      }
      return { [Symbol.asyncDispose]: async () => end() };
    },
  };
}
