import { setTimeout as delay } from 'node:timers/promises';

interface IntervalOptions {
  /** Ends it, but not the work that is under way. */
  readonly signal: AbortSignal;
  /** Is given what the work fails with; the next time comes all the same. */
  onError(error: unknown): void;
}

/**
 * Does some work again and again until the signal aborts, the first time after so many ms. It never overlaps itself:
 * each pause begins when the work has ended. Does not keep the process alive.
 * @returns what resolves when the signal has aborted and no work is under way; it never rejects
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
