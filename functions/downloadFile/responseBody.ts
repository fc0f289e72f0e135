import { once } from 'node:events';
import type { Response } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';

/** The body of an answer, written as fast as the client receives it. */
export interface ResponseBody {
  /** @throws CLIENT_CLOSED, or the signal's reason */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the body and waits until the client's connection has accepted all of it. */
  end(lastChunk?: Uint8Array): Promise<void>;
  /** Closes the connection, if the body has not ended: the client then knows that it is incomplete. */
  breakOff(): void;
}

/** The body of this answer; waiting for its client ends when the signal aborts. */
export function responseBody(response: Response, signal: AbortSignal): ResponseBody {
  const closed = new AbortController();
  response.once('close', () => closed.abort(new StagingError('CLIENT_CLOSED')));
  const either = AbortSignal.any([signal, closed.signal]);
  const waitFor = async (event: 'drain' | 'finish') => {
    try {
      await once(response, event, { signal: either });
    } catch (error) {
      throw either.aborted ? either.reason : new StagingError('CLIENT_CLOSED', {}, { cause: error });
    }
  };
  return {
    async write(chunk) {
      either.throwIfAborted();
      if (!response.write(chunk)) await waitFor('drain');
    },
    async end(lastChunk) {
      either.throwIfAborted();
      const finished = waitFor('finish');
      response.end(lastChunk);
      await finished;
    },
    breakOff() {
      if (response.headersSent && !response.writableEnded) response.destroy();
    },
  };
}
