import { pause } from './abortSignals.ts';

/**
 * Retries something until it succeeds, or until its failure must not be followed by another attempt.
 * @param pauseAfter how long to wait after this failure of the attempt with this number, starting at 1, in ms;
 * undefined after the last one
 * @throws the error of the last attempt, what `pauseAfter` throws, or the signal's reason when it aborts in a pause
 */
export async function retry<Result>(
  work: (attempt: number) => Promise<Result>,
  pauseAfter: (error: unknown, attempt: number) => number | undefined,
  signal?: AbortSignal,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      const pauseMs = pauseAfter(error, attempt);
      if (pauseMs === undefined) throw error;
      await pause(pauseMs, signal);
    }
  }
}
