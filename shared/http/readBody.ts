import express, { type Request, type Response } from 'express';
import { parse } from 'secure-json-parse';
import { StagingError } from '../errors/stagingError.ts';

/** The required type of a body. */
interface BodyKind {
  readonly contentType: string;
  /**
   * Whether a body without a Content-Type is accepted as this type. Some gateways set application/octet-stream then, as
   * RFC 9110 §8.3 allows.
   */
  readonly isDefault?: boolean;
  /** Its name in errors. */
  readonly name: string;
  readonly limitBytes: number;
}

/**
 * Reads a request's body as UTF-8 text of this kind.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID
 */
export async function readTextBody(
  request: Request,
  response: Response,
  { contentType: expected, isDefault = false, name, limitBytes }: BodyKind,
): Promise<string> {
  const contentType = request.get('content-type') || 'missing';
  const isUntyped = contentType === 'missing' || contentType === 'application/octet-stream';
  const isOfType = isUntyped ? isDefault : request.is(expected) && isUtf8(contentType);
  if (!isOfType) {
    throw new StagingError('CONTENT_TYPE_UNSUPPORTED', {
      expected: name,
      contentType: contentType.slice(0, 100),
    });
  }
  return decode(await readBytes(request, response, { name, limitBytes }));
}

/** The error for a body that does not match its declaration. */
export function invalidBody(reason: string, cause?: unknown): StagingError {
  return new StagingError('BODY_INVALID', { reason }, { cause, errors: [{ path: 'body', message: reason }] });
}

/**
 * The bytes of a request's body as they arrive. The request stays open, so that it can be answered; Node.js discards
 * what is not read of it. @throws CLIENT_CLOSED, and the StagingError that ended the request
 */
export async function* bodyChunks(request: Request): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    }
  } catch (cause) {
    throw cause instanceof StagingError ? cause : new StagingError('CLIENT_CLOSED', {}, { cause });
  }
}

/**
 * Reads a request's body; errors name its expected type. @throws BODY_TOO_LARGE, BODY_INVALID, CONTENT_TYPE_UNSUPPORTED
 */
export function readBytes(
  request: Request,
  response: Response,
  { name, limitBytes }: Pick<BodyKind, 'name' | 'limitBytes'>,
): Promise<Buffer> {
  const read = express.raw({ type: () => true, limit: limitBytes });
  return new Promise((resolve, reject) => {
    read(request, response, (error: unknown) => {
      const body: unknown = request.body;
      if (error)
        reject(
          bodyError(request.errored instanceof StagingError ? request.errored : error, name, limitBytes),
        );
      else resolve(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
    });
  });
}

/** The errors of body-parser, by their documented `type`, and those that ended the request. */
function bodyError(error: unknown, expected: string, limitBytes: number): unknown {
  if (error instanceof StagingError) return error;
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large')
    return new StagingError('BODY_TOO_LARGE', { limitBytes }, { cause: error });
  if (type === 'encoding.unsupported') {
    return new StagingError(
      'CONTENT_TYPE_UNSUPPORTED',
      { expected, contentType: 'encoded in an unknown way' },
      { cause: error },
    );
  }
  return invalidBody('The body could not be read', error);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidBody('The body is not valid UTF-8', cause);
  }
}

function isUtf8(contentType: string): boolean {
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
}

/** Many times deeper than any sensible request. */
const maxDepth = 32;

/**
 * Reads a request's body as JSON (RFC 8259), also without a Content-Type, as clients of the first SKAO Staging Service
 * send it: UTF-8, limited in size and depth, and without keys that could change the prototype of an object.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID
 */
export async function readJsonBody(
  request: Request,
  response: Response,
  limitBytes: number,
): Promise<unknown> {
  const kind = { contentType: 'application/json', isDefault: true, name: 'JSON in UTF-8', limitBytes };
  return parseJson(await readTextBody(request, response, kind));
}

function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw invalidBody(`The body is nested more than ${maxDepth} levels deep`);
  try {
    return parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch (cause) {
    throw invalidBody('The body is not valid JSON', cause);
  }
}

/** Checked before parsing, so that no depth can harm the parser. Brackets in strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
