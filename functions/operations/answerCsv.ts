import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { answerSignal } from '../../shared/http/answers/answerSignal.ts';
import type { Transport } from '../../shared/http/transport.ts';
import { type CsvExport, type CsvPlace, collectCsv, streamCsv } from './csv.ts';

/** The limits of an answer on AWS Lambda: less than the platform accepts, and sent before the gateway times out. */
const functionLimit = { bytes: 4_000_000, timeMs: 20_000 };

/** Whether a client requests CSV instead of JSON. */
export function wantsCsv(request: Request, format: 'csv' | 'json' | undefined): boolean {
  return (format ?? request.accepts(['json', 'csv'])) === 'csv';
}

/**
 * Answers with operations as CSV: with all of them, read as fast as the client receives them, or, where answers are
 * limited, with the first ones and a link to the next (RFC 8288).
 * @throws CLIENT_CLOSED when the client disconnects; then no more is read
 */
export async function answerCsv(
  request: Request,
  response: Response,
  requested: Omit<CsvExport, 'signal'>,
  { buffersAnswers }: Transport,
): Promise<void> {
  const signal = answerSignal(response);
  const wanted = { ...requested, signal };
  response.type('text/csv').set('Content-Disposition', 'attachment; filename="operations.csv"');
  if (request.method === 'HEAD') {
    response.end();
  } else if (buffersAnswers) {
    const { text, next } = await collectCsv(wanted, functionLimit);
    if (next) response.set('Link', `<${addressOf(request, next)}>; rel="next"`);
    response.send(text);
  } else {
    const texts = streamCsv(wanted);
    // If the record cannot be read, an error can still be sent.
    const first = await texts.next();
    const all = Readable.from(withFirst(first.value ?? '', texts), { objectMode: false });
    await pipeline(all, response).catch((error: unknown) => {
      throw signal.aborted ? new StagingError('CLIENT_CLOSED', {}, { cause: error }) : error;
    });
  }
}

async function* withFirst(first: string, rest: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  yield first;
  yield* rest;
}

/** The same request from another place on, relative, because a proxy may serve the API beneath a path. */
function addressOf({ originalUrl }: Request, { cursor, until }: CsvPlace): string {
  const query = new URLSearchParams(originalUrl.split('?')[1]);
  query.delete('cursor');
  if (cursor !== null) query.set('cursor', cursor);
  if (until) query.set('until', until.toISOString());
  query.set('format', 'csv');
  return `?${query}`;
}
