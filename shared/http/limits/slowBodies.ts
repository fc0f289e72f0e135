import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Limits } from '../../config/limitConfig.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { problemOf } from '../contract/problem.ts';

/** How often the rate of a body is measured, in ms. */
const lookMs = 1000;

/** Over how many measurements a body must be fast enough: a connection may pause. */
const looks = 10;

/**
 * Ends requests whose bodies arrive more slowly than MIN_BODY_RATE, regardless of their reader, and even if they have
 * been answered already. Time in which the service does not read is not counted.
 */
export function endSlowBodies(server: Server, { minBodyRate }: Limits, logger: Logger): void {
  if (minBodyRate === 0) return;
  server.on('request', (request, response) => {
    if (!hasBody(request)) return;
    const whenSlow = () => {
      const error = new StagingError('BODY_TOO_SLOW', { bytesPerSecond: minBodyRate });
      logger.info({ code: error.code, request_id: requestIdOf(response) }, error.message);
      endWith(error, request, response);
    };
    watchRate(request, minBodyRate, whenSlow);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function watchRate(request: IncomingMessage, minRate: number, whenSlow: () => void): void {
  const { socket } = request;
  let waited = 0;
  let begunAt = socket.bytesRead;
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer);
    const isForUs = request.readableLength > 0;
    if (isForUs) return;
    waited += 1;
    if (waited < looks) return;
    const receivedBytes = socket.bytesRead - begunAt;
    [waited, begunAt] = [0, socket.bytesRead];
    if (receivedBytes >= (minRate * looks * lookMs) / 1000) return;
    clearInterval(timer);
    whenSlow();
  }, lookMs);
  request.once('close', () => clearInterval(timer));
}

/** The reader of the body gets the error, too. */
function endWith(error: StagingError, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    request.destroy(error);
    return;
  }
  const place = { instance: pathOf(request), requestId: requestIdOf(response), operationId: undefined };
  response.once('finish', () => request.destroy(error));
  response.writeHead(error.definition.status, {
    'Content-Type': 'application/problem+json; charset=utf-8',
    Connection: 'close',
  });
  response.end(JSON.stringify(problemOf(error, place)));
}

function requestIdOf(response: ServerResponse): string | undefined {
  return response.getHeader('x-request-id')?.toString();
}

/** Without the query, which may contain a token. */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.replace(/\?.*/s, '');
}
