import { setTimeout as delay } from 'node:timers/promises';

interface IntervalOptions {
  /** Stops it, but not work in progress. */
  readonly signal: AbortSignal;
  /** Receives the errors of the work, which is repeated regardless. */
  onError(error: unknown): void;
}

/**
 * Repeats some work until the signal aborts, the first time after an interval in ms. It never overlaps itself: each
 * pause starts when the work has ended. Does not keep the process alive.
 * @returns a promise that resolves when the signal has aborted and no work is running; it never rejects
 */
export async function every(
  ms: number,
  work: () => unknown,
  { signal, onError }: IntervalOptions,
): Promise<void> {
  while (!signal.aborted) {
    await delay(ms, undefined, { ref: false, signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await work();
    } catch (error) {
      onError(error);
    }
  }
}
