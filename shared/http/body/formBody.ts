import type { Request, Response } from 'express';
import { readTextBody } from './textBody.ts';

/** Enough for a form of a few names, paths and digests. */
const limitBytes = 64 * 1024;

/**
 * Reads a request's body as a form (`application/x-www-form-urlencoded`); a missing body is an empty form.
 * @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID
 */
export async function readFormBody(request: Request, response: Response): Promise<URLSearchParams> {
  const contentType = 'application/x-www-form-urlencoded';
  const isEmpty = request.get('content-length') === '0' && request.get('content-type') === undefined;
  if (isEmpty) return new URLSearchParams();
  return new URLSearchParams(
    await readTextBody(request, response, { contentType, name: `a form (${contentType})`, limitBytes }),
  );
}
