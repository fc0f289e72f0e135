import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Response } from 'express';
import { StagingError } from '../../../shared/errors/stagingError.ts';

/**
 * Sent when an archive is aborted, which has no length that a client could check: it is no header of a member, so tar
 * refuses it. As large as what a proxy may lose of the last data received: nginx forwards only full buffers.
 */
const damage = Buffer.alloc(64 * 1024, 0xff);

/** The body of an answer, written as fast as the client receives it. */
export interface ResponseBody {
  /** Resolves when the chunk's memory may be used again. @throws CLIENT_CLOSED, or the signal's reason */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the body and waits until the client's connection has accepted all of it. */
  end(lastChunk?: Uint8Array): Promise<void>;
  /** Aborts the answer, if the body has not ended: the client then knows that it is incomplete. */
  breakOff(): Promise<void>;
}

/** The body of this answer; waiting for its client ends when the signal aborts. */
export function responseBody(response: Response, signal: AbortSignal): ResponseBody {
  let failure: unknown = response.destroyed ? new StagingError('CLIENT_CLOSED') : undefined;
  /** Rejects what waits for the client: one at a time, so that a chunk needs no listeners of its own. */
  let failWaiting: (reason: unknown) => void = () => undefined;
  const fail = (reason: unknown) => {
    failure ??= reason;
    failWaiting(failure);
  };
  signal.addEventListener('abort', () => fail(signal.reason), { once: true });
  response.once('close', () => response.writableFinished || fail(new StagingError('CLIENT_CLOSED')));
  const waitFor = (send: (sent: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      if (failure) throw failure;
      failWaiting = reject;
      send((error) => (error ? fail(new StagingError('CLIENT_CLOSED', {}, { cause: error })) : resolve()));
    });
  return {
    write: (chunk) => waitFor((sent) => response.write(chunk, sent)),
    end: (lastChunk) => waitFor((sent) => response.once('finish', sent).end(lastChunk)),
    async breakOff() {
      if (!response.headersSent || response.writableEnded) return;
      if (!response.hasHeader('Content-Length')) {
        response.write(damage);
        // Node.js sends it at the end of this turn of the event loop.
        await nextTurn();
      }
      response.destroy();
    },
  };
}
