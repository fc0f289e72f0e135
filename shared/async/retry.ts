import { pause } from './abortSignals.ts';

/**
 * Does something again until it succeeds, or until what it fails with shall not be followed by another attempt.
 * @param pauseAfter how long to wait after this failure of the attempt of this number, the first being 1, in ms;
 *   undefined when it was the last one
 * @throws what the last attempt failed with, what `pauseAfter` throws, or the signal's reason when it aborts in a pause
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
