import type { Logger } from 'pino';
import { retry } from '../../async/retry.ts';
import { type StagingError, toStagingError } from '../../errors/stagingError.ts';

/** How long transient failures are retried: times in ms. */
interface Patience {
  /** The longest pause before the first retry. */
  readonly firstPauseMs: number;
  /** The growth factor of the pauses. */
  readonly growth: number;
  /** How long after the first failure the last retry may start. */
  readonly giveUpMs: number;
}

/** A waiting client should learn of a failure quickly; a restart of a hub or a storage takes longer than that. */
const patience = {
  awaited: { firstPauseMs: 400, growth: 2, giveUpMs: 3000 },
  inBackground: { firstPauseMs: 2000, growth: 4, giveUpMs: 60_000 },
} as const satisfies Record<string, Patience>;

interface Attempts {
  /** Whether a client waits for the end. */
  readonly isAwaited: boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Undoes the side effects of the failed attempt. */
  reset(): void;
}

/**
 * Retries work that fails with a transient error (`automaticRetries`): exponential backoff with full jitter, so that
 * simultaneous failures are not retried simultaneously.
 * @throws the error of the last attempt, any other error immediately, or the signal's reason as soon as it aborts
 */
export async function retryPassingFailures<Result>(
  work: () => Promise<Result>,
  { isAwaited, signal, logger, reset }: Attempts,
): Promise<Result> {
  const { firstPauseMs, growth, giveUpMs } = isAwaited ? patience.awaited : patience.inBackground;
  let giveUpAt = Number.POSITIVE_INFINITY;
  const pauseAfter = (thrown: unknown, attempt: number) => {
    signal.throwIfAborted();
    const error = toStagingError(thrown);
    giveUpAt = Math.min(giveUpAt, performance.now() + giveUpMs);
    const pauseMs = Math.round(Math.random() * firstPauseMs * growth ** (attempt - 1));
    const isTooLate = performance.now() + pauseMs > giveUpAt;
    if (attempt > error.automaticRetries || isTooLate) return undefined;
    reset();
    logRetry(logger, error, pauseMs);
    return pauseMs;
  };
  return retry(work, pauseAfter, signal);
}

function logRetry(logger: Logger, error: StagingError, pauseMs: number): void {
  const { code, definition } = error;
  logger.warn({ code, class: definition.class, pause_ms: pauseMs }, `retrying: ${error.message}`);
}
