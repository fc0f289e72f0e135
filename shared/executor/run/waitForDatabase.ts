import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StagingError } from '../../errors/stagingError.ts';

/** The pauses between two questions to a database that does not answer, in ms. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

interface Outage {
  readonly logger: Logger;
  /** Ends the waiting; without it, the database is waited for however long it takes. */
  readonly signal?: AbortSignal;
}

/**
 * Asks the database again and again while it does not answer: what was done must not be forgotten, and thousands that
 * wait must not all fail, because it is restarted.
 * @throws everything but DATABASE_UNAVAILABLE at once, and that as soon as the signal aborts
 */
export async function waitForDatabase<Answer>(
  ask: () => Promise<Answer>,
  { logger, signal }: Outage,
): Promise<Answer> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await ask();
    } catch (error) {
      const isSilent = error instanceof StagingError && error.code === 'DATABASE_UNAVAILABLE';
      if (!isSilent || signal?.aborted) throw error;
      if (pauseMs === firstPauseMs) {
        logger.warn({ err: error }, 'the database does not answer; asked again until it does');
      }
      // With some chance in it, so that all who wait do not come back in the same moment.
      await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }
}
