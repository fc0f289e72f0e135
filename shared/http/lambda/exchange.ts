import { once } from 'node:events';
import { IncomingMessage, request as openRequest, type Server } from 'node:http';
import { duplexPair } from 'node:stream';
import { StagingError } from '../../errors/stagingError.ts';
import type { WholeAnswer } from './lambdaAnswer.ts';
import type { LambdaRequest } from './lambdaEvent.ts';

/** As Base64 in JSON, and with its headers, such an answer keeps within the 6 MB of AWS Lambda. */
const mostAnswerBytes = 4_500_000;

/**
 * Asks a server over a connection in memory: what functions see is HTTP, as it is over a network.
 * @throws DOWNLOAD_TOO_LARGE; ANSWER_INCOMPLETE when the answer was broken off
 */
export async function exchange(server: Server, request: LambdaRequest): Promise<WholeAnswer> {
  const [ours, theirs] = duplexPair();
  server.emit('connection', theirs);
  try {
    const asking = openRequest({
      createConnection: () => ours,
      method: request.method,
      path: request.target,
      headers: sentHeaders(request),
    });
    asking.end(request.body);
    const [response]: unknown[] = await once(asking, 'response');
    if (!(response instanceof IncomingMessage)) throw new TypeError('HTTP responses are IncomingMessages');
    const { statusCode: status = 500, headers } = response;
    return { status, headers, body: await readBody(response) };
  } catch (error) {
    throw error instanceof StagingError ? error : new StagingError('ANSWER_INCOMPLETE', {}, { cause: error });
  } finally {
    // For the function, its client has gone: whatever it has not sent yet is of no use to anybody.
    ours.destroy();
    theirs.destroy();
  }
}

function sentHeaders({ method, headers, body }: LambdaRequest) {
  const hasBody = body.length > 0 || !['GET', 'HEAD'].includes(method);
  return {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
    ...(hasBody && { 'content-length': String(body.length) }),
  };
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostAnswerBytes)
      throw new StagingError('DOWNLOAD_TOO_LARGE', { limitBytes: mostAnswerBytes });
  }
  return Buffer.concat(chunks);
}
