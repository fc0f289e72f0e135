import type { Logger } from 'pino';
import { retry } from '../../async/retry.ts';
import { StagingError } from '../../errors/stagingError.ts';

/** The pauses between two attempts to reach the database, in ms. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

interface Outage {
  readonly logger: Logger;
  /** Ends the waiting; without it, there is no time limit. */
  readonly signal?: AbortSignal;
}

/**
 * Retries while the database does not answer, for example during a restart: what was done must not be lost, and
 * thousands of queued operations must not all fail.
 * @throws any error but DATABASE_UNAVAILABLE immediately, and that as soon as the signal aborts
 */
export async function waitForDatabase<Answer>(
  ask: () => Promise<Answer>,
  { logger, signal }: Outage,
): Promise<Answer> {
  const pauseAfter = (error: unknown, attempt: number) => {
    const isSilent = error instanceof StagingError && error.code === 'DATABASE_UNAVAILABLE';
    if (!isSilent || signal?.aborted) return undefined;
    if (attempt === 1) logger.warn({ err: error }, 'the database does not answer; retrying until it does');
    // With jitter, so that not all waiters retry at the same moment.
    return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.5 + Math.random() / 2);
  };
  return retry(ask, pauseAfter, signal).catch((error: unknown) => {
    // Once more, as the pause was cut short.
    if (signal?.aborted && error === signal.reason) return ask();
    throw error;
  });
}
