import { withResolvers } from './abortSignals.ts';
import { withDeadline } from './coalesce.ts';

/** Lets callers wait until something is idle. */
interface Idleness {
  /** To be called when an operation has ended. */
  check(): void;
  /** Resolves when it is idle, or after a time in ms. */
  whenIdle(timeoutMs?: number): Promise<void>;
}

/** Notifies the waiters when `isIdle` is true at a check. */
export function createIdleness(isIdle: () => boolean): Idleness {
  const waiters = new Set<() => void>();
  return {
    check() {
      if (isIdle()) for (const settle of waiters) settle();
    },
    async whenIdle(timeoutMs = Number.POSITIVE_INFINITY) {
      if (isIdle()) return;
      const { promise: idle, resolve } = withResolvers();
      waiters.add(resolve);
      await withDeadline(idle, timeoutMs);
      waiters.delete(resolve);
    },
  };
}
