import express, { type Request, type Response } from 'express';
import { parse } from 'secure-json-parse';
import { StagingError } from '../errors/stagingError.ts';

/** As deep as any request of ours could sensibly be, many times over. */
const maxDepth = 32;

/**
 * Reads a request's body as JSON (RFC 8259): UTF-8, not too large, not too deep, and with no key that could change
 * the prototype of an object.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID
 */
export async function readJsonBody(
  request: Request,
  response: Response,
  limitBytes: number,
): Promise<unknown> {
  const contentType = request.get('content-type') ?? 'missing';
  if (!request.is('application/json') || !isUtf8(contentType)) {
    throw new StagingError('CONTENT_TYPE_UNSUPPORTED', { contentType: contentType.slice(0, 100) });
  }
  return parseJson(decode(await readBytes(request, response, limitBytes)));
}

function readBytes(request: Request, response: Response, limitBytes: number): Promise<Buffer> {
  const read = express.raw({ type: () => true, limit: limitBytes });
  return new Promise((resolve, reject) => {
    read(request, response, (error: unknown) => {
      const body: unknown = request.body;
      if (error) reject(bodyError(error, limitBytes));
      else resolve(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
    });
  });
}

/** The errors of body-parser, by the `type` that it documents for each. */
function bodyError(error: unknown, limitBytes: number): unknown {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large')
    return new StagingError('BODY_TOO_LARGE', { limitBytes }, { cause: error });
  if (type === 'encoding.unsupported') {
    return new StagingError(
      'CONTENT_TYPE_UNSUPPORTED',
      { contentType: 'encoded in an unknown way' },
      { cause: error },
    );
  }
  return invalid('The body could not be read', error);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid('The body is not valid UTF-8', cause);
  }
}

function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw invalid(`The body is nested more than ${maxDepth} levels deep`);
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (cause) {
    throw invalid('The body is not valid JSON', cause);
  }
}

/** Looked at before parsing, so that no depth can hurt the parser. Brackets in strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}

function isUtf8(contentType: string): boolean {
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
}

function invalid(reason: string, cause?: unknown): StagingError {
  return new StagingError('BODY_INVALID', { reason }, { cause, errors: [{ path: 'body', message: reason }] });
}
