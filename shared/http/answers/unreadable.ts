import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { v4 as uuid } from 'uuid';
import type { ErrorCode } from '../../errors/errorTable.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { problemOf } from '../contract/problem.ts';

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
