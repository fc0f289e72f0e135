import type { Response } from 'express';
import { maxTimerMs } from '../../async/coalesce.ts';
import { StagingError } from '../../errors/stagingError.ts';

/** How answers are delivered to clients. */
export interface Transport {
  /** Whether a gateway buffers each answer as a whole, limited in size and time, before it is sent to the client. */
  readonly buffersAnswers: boolean;
}

/** For our own server: answers are streamed without a size limit. */
export const streamedTransport: Transport = { buffersAnswers: false };

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
