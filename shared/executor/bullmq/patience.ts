import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StagingError } from '../../errors/stagingError.ts';

/** The pauses between two questions to a database that does not answer, in ms. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

/** Asks the database until it answers, however long that takes. @throws everything but DATABASE_UNAVAILABLE */
export async function patiently<Answer>(ask: () => Promise<Answer>, logger: Logger): Promise<Answer> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StagingError) || error.code !== 'DATABASE_UNAVAILABLE') throw error;
      if (pauseMs === firstPauseMs) {
        logger.warn({ err: error }, 'the database does not answer; asked again until it does');
      }
      // With some chance in it, so that all workers do not come back in the same moment.
      await delay(pauseMs * (0.5 + Math.random() / 2));
    }
  }
}
