import type { Response } from 'express';
import { StagingError } from '../errors/stagingError.ts';

/** A signal that is aborted when the answer has ended or its client has gone, and, with this error, after a time. */
export function answerSignal(
  response: Response,
  limit?: { readonly timeoutMs: number; readonly error: StagingError },
): AbortSignal {
  const controller = new AbortController();
  const timer = limit && setTimeout(() => controller.abort(limit.error), limit.timeoutMs);
  response.once('close', () => {
    clearTimeout(timer);
    controller.abort(new StagingError('CLIENT_CLOSED'));
  });
  return controller.signal;
}
