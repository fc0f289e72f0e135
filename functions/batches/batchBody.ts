import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import JSONParser from '@streamparser/json/jsonparser.js';
import type { Request } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { bodyChunks, invalidBody } from '../../shared/http/readBody.ts';

/** The maximum number of bytes without a complete item: many times those of the longest paths. */
const maxBytesOfItem = 1024 * 1024;

/** The required content type, for errors. */
const expected = 'JSON or NDJSON in UTF-8';

/** The expected size of a string, in bytes; longer ones are accepted, too. */
const stringBufferSize = 64 * 1024;

/** A parsed part of a body: an item, or a member besides the list of items. */
export type BodyPart =
  | { readonly kind: 'item'; readonly value: unknown }
  | { readonly kind: 'member'; readonly name: string; readonly value: unknown };

/**
 * Parses a body as a stream: one JSON object with a list of `items`, or one line of JSON per item (NDJSON). Only
 * incomplete parts are kept in memory. `onChunk` receives all bytes as they arrive. The request stays open, so that it
 * can be answered.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID, CLIENT_CLOSED
 */
export async function* readBatchBody(
  request: Request,
  maxBytes: number,
  onChunk: (chunk: Buffer) => void,
): AsyncGenerator<readonly BodyPart[]> {
  const parts: BodyPart[] = [];
  const parser = parserFor(request, (part) => parts.push(part));
  const text = new TextDecoder('utf-8', { fatal: true });
  let sinceItem = 0;
  for await (const chunk of bodyBytes(request, maxBytes)) {
    onChunk(chunk);
    parsing(() => {
      text.decode(chunk, { stream: true });
      parser.write(chunk);
    });
    const whole = parts.splice(0);
    sinceItem = whole.length > 0 ? 0 : sinceItem + chunk.length;
    if (sinceItem > maxBytesOfItem) {
      throw invalidBody(`One item has more than ${maxBytesOfItem} bytes`);
    }
    yield whole;
  }
  parsing(() => {
    text.decode();
    // It ends by itself at the last brace of a document.
    if (!parser.isEnded) parser.end();
  });
  yield parts;
}

function parserFor(request: Request, emit: (part: BodyPart) => void): JSONParser {
  if (request.is('application/x-ndjson')) {
    const parser = new JSONParser({ paths: ['$'], keepStack: false, separator: '', stringBufferSize });
    parser.onValue = ({ value }) => emit({ kind: 'item', value });
    return parser;
  }
  if (!request.is('application/json')) {
    const contentType = (request.get('content-type') ?? 'missing').slice(0, 100);
    throw new StagingError('CONTENT_TYPE_UNSUPPORTED', { expected, contentType });
  }
  const members = ['directory', 'relative_path', 'all_or_nothing', 'lifetime', 'username'];
  const paths = ['$.items.*', '$.items', ...members.map((member) => `$.${member}`)];
  const parser = new JSONParser({ paths, keepStack: false, stringBufferSize });
  parser.onValue = ({ key, value, stack }) => {
    if (stack.length > 1) emit({ kind: 'item', value: typeof key === 'number' ? value : undefined });
    else emit({ kind: 'member', name: String(key), value: Array.isArray(value) ? [] : value });
  };
  return parser;
}

/** The decoders of bodies, by their Content-Encoding (RFC 9110 §8.4.1): the same as of requests to stage. */
const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * The bytes of a body, decoded, as a stream. The request stays open, so that it can be answered.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID, CLIENT_CLOSED
 */
export async function* bodyBytes(request: Request, maxBytes: number): AsyncGenerator<Buffer> {
  const encoding = (request.get('content-encoding') ?? 'identity').toLowerCase();
  const createDecoder = decoders.get(encoding);
  if (encoding !== 'identity' && !createDecoder) {
    throw new StagingError('CONTENT_TYPE_UNSUPPORTED', {
      expected,
      contentType: 'encoded in an unknown way',
    });
  }
  let bytes = 0;
  for await (const chunk of createDecoder ? decoded(request, createDecoder()) : bodyChunks(request)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new StagingError('BODY_TOO_LARGE', { limitBytes: maxBytes });
    yield chunk;
  }
}

async function* decoded(request: Request, decoder: Transform): AsyncGenerator<Buffer> {
  const breakOff = () => {
    if (!request.complete) decoder.destroy(new StagingError('CLIENT_CLOSED'));
  };
  request.once('close', breakOff);
  request.pipe(decoder);
  try {
    for await (const chunk of decoder) yield Buffer.from(chunk);
  } catch (error) {
    if (error instanceof StagingError) throw error;
    throw invalidBody('The body is not encoded as its Content-Encoding says', error);
  } finally {
    request.off('close', breakOff);
    request.unpipe(decoder);
    decoder.destroy();
  }
}

function parsing(parse: () => void): void {
  try {
    parse();
  } catch (cause) {
    throw invalidBody('The body is not valid JSON in UTF-8', cause);
  }
}
