import type { Request, Response } from 'express';
import { invalidBody, readBytes, readTextBody } from '../../shared/http/readBody.ts';

const maxFields = 100;

const urlEncoded = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data';
const name = `a form (${urlEncoded} or ${multipart})`;

/**
 * Reads a request's body as a form: URL-encoded, or multipart (RFC 7578), as clients of the Virtual Observatory send
 * it. A missing body is an empty form.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID
 */
export async function readFormBody(
  request: Request,
  response: Response,
  limitBytes: number,
): Promise<URLSearchParams> {
  const isEmpty = request.get('content-length') === '0' && request.get('content-type') === undefined;
  if (isEmpty) return new URLSearchParams();
  if (request.is(multipart)) {
    const body = await readBytes(request, response, { name, limitBytes });
    return parseParts(request.get('content-type') ?? '', body);
  }
  return new URLSearchParams(
    await readTextBody(request, response, { contentType: urlEncoded, name, limitBytes }),
  );
}

/** The fields of a multipart form. Files in it are discarded: no parameter of ours is one. */
async function parseParts(contentType: string, body: Buffer): Promise<URLSearchParams> {
  // A bundle has a CommonJS package's exports only in `default`.
  const { Busboy } = (await import('@fastify/busboy')).default;
  const fields = new URLSearchParams();
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(invalidBody('The body is not a valid form', cause));
    try {
      const limits = { fields: maxFields, parts: maxFields, fieldSize: body.length };
      const parser = new Busboy({ headers: { 'content-type': contentType }, limits });
      parser.on('field', (field, value) => fields.append(field, value));
      for (const event of ['fieldsLimit', 'partsLimit']) {
        parser.on(event, () => reject(invalidBody(`The form has more than ${maxFields} fields`)));
      }
      parser.on('error', fail);
      parser.on('finish', () => resolve(fields));
      parser.end(body);
    } catch (cause) {
      fail(cause);
    }
  });
}
