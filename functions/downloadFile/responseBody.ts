import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Response } from 'express';
import { raceAbort } from '../../shared/async/abortSignals.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';

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
  const closed = new AbortController();
  response.once('close', () => closed.abort(new StagingError('CLIENT_CLOSED')));
  const either = AbortSignal.any([signal, closed.signal]);
  const closedBy = (cause: unknown) =>
    either.aborted ? either.reason : new StagingError('CLIENT_CLOSED', {}, { cause });
  return {
    async write(chunk) {
      either.throwIfAborted();
      const written = new Promise<void>((resolve, reject) => {
        response.write(chunk, (error) => (error ? reject(closedBy(error)) : resolve()));
      });
      await raceAbort(written, either);
    },
    async end(lastChunk) {
      either.throwIfAborted();
      const finished = once(response, 'finish', { signal: either });
      response.end(lastChunk);
      await finished.catch((error: unknown) => {
        throw closedBy(error);
      });
    },
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
