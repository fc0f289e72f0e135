import { retry } from '../../async/retry.ts';
import { StagingError } from '../../errors/stagingError.ts';

/** How often something is asked of the object store when it, or the way to it, fails. */
const maxAttempts = 4;

/**
 * Does something again when the object store, or the way to it, fails; what was done already is for the work to know.
 * @throws what the last attempt ended with, any other error at once, or the signal's reason
 */
export async function retryRequest<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const pauseAfter = (error: unknown, attempt: number) => {
    if (attempt === maxAttempts || signal.aborted || !isWorthAnotherAttempt(error)) return undefined;
    return 100 * 4 ** attempt * (1 + Math.random());
  };
  return retry(work, pauseAfter, signal);
}

function isWorthAnotherAttempt(error: unknown): boolean {
  return (
    error instanceof StagingError &&
    (error.code === 'OBJECT_STORE_UNREACHABLE' || error.code === 'OBJECT_STORE_FAILED')
  );
}
