import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StagingError } from '../errors/stagingError.ts';

/** How long to wait before a database is asked again that did not answer, in ms. */
const askAgainMs = 1000;

/**
 * Asks the database again and again while it does not answer: thousands that wait must not all fail, or be forgotten,
 * because it is restarted. Ends with what it failed with when the signal aborts.
 */
export async function whenDatabaseAnswers<Answer>(
  ask: () => Promise<Answer>,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isSilent = error instanceof StagingError && error.code === 'DATABASE_UNAVAILABLE';
      if (!isSilent || signal.aborted) throw error;
      if (attempt === 1)
        logger.warn('an operation waits for the database, which is asked again every second');
      await delay(askAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
