import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { v4 as uuid } from 'uuid';
import type { Limits } from '../../config/limitConfig.ts';
import type { ErrorCode } from '../../errors/errorTable.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { problemOf } from '../contract/problem.ts';

// What the server answers by itself, whatever the app does: bodies that are too slow, and requests that cannot be parsed.

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

/** The errors of Node.js's parser that are more specific than invalid HTTP. */
const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'HEADERS_TOO_SLOW',
};

/** How long a client may continue to send before its connection is reset, and its answer may be lost, in ms. */
const lingerMs = 2000;

/** Answers requests that never reach an app because they cannot be parsed, with problem details instead of nothing. */
export function answerUnreadable(server: Server, logger: Logger): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  server.on('request', (request, response) => answers.set(request.socket, response));
  server.on('clientError', (cause: NodeJS.ErrnoException, socket) => {
    // The parser continues with the rest of the request.
    if (refused.has(socket)) return;
    refused.add(socket);
    const answer = answers.get(socket);
    const isAnswering = answer?.headersSent && !answer.writableFinished;
    if (!socket.writable || isAnswering || cause.code === 'ECONNRESET') {
      socket.destroy(cause);
      return;
    }
    const error = new StagingError(codes[cause.code ?? ''] ?? 'REQUEST_MALFORMED');
    const requestId = uuid();
    logger.info({ code: error.code, reason: cause.code, request_id: requestId }, 'request refused');
    socket.end(rawAnswer(error, requestId));
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  });
}

function rawAnswer(error: StagingError, requestId: string): string {
  const { status } = error.definition;
  const body = JSON.stringify(problemOf(error, { instance: '', requestId, operationId: undefined }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
