import { retry } from '../../../async/retry.ts';
import { StagingError } from '../../../errors/stagingError.ts';

/** The number of attempts of a request to the object store, when the store or the connection fails. */
const maxAttempts = 4;

/**
 * Retries work when the object store or the connection fails; the work itself keeps its progress.
 * @throws the error of the last attempt, any other error immediately, or the signal's reason
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
