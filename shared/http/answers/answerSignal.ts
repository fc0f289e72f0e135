import type { Response } from 'express';
import { maxTimerMs } from '../../async/coalesce.ts';
import { StagingError } from '../../errors/stagingError.ts';

/**
 * A signal that is aborted when the answer has ended, when the client has disconnected, and after a time, with an
 * error.
 */
export function answerSignal(
  response: Response,
  limit?: { readonly timeoutMs: number; readonly error?: StagingError },
): AbortSignal {
  const controller = new AbortController();
  const timer =
    limit && setTimeout(() => controller.abort(limit.error), Math.min(limit.timeoutMs, maxTimerMs));
  response.once('close', () => {
    clearTimeout(timer);
    controller.abort(new StagingError('CLIENT_CLOSED'));
  });
  return controller.signal;
}
