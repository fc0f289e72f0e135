import type { RequestHandler, Response } from 'express';

/** The answers of a server that have not ended. */
export interface OpenAnswers {
  /** To be put before the routes. */
  readonly handler: RequestHandler;
  /** Breaks off all whose clients have received something: nobody will end them. */
  breakOff(): void;
}

/**
 * Makes every answer that is broken off reset its connection. If that were closed, clients of HTTP/1.0, such as proxies
 * by default, would take what they have received for all of it.
 */
export function trackOpenAnswers(): OpenAnswers {
  const open = new Set<Response>();
  return {
    handler(_request, response, next) {
      const destroy = response.destroy.bind(response);
      response.destroy = (cause) => {
        response.socket?.resetAndDestroy();
        return destroy(cause);
      };
      open.add(response);
      response.once('close', () => open.delete(response));
      next();
    },
    breakOff() {
      for (const response of open) if (response.headersSent) response.destroy();
    },
  };
}
