import type { Request, Response } from 'express';
import { parse } from 'secure-json-parse';
import { invalidBody, readTextBody } from './textBody.ts';

/** Many times deeper than any sensible request. */
const maxDepth = 32;

/**
 * Reads a request's body as JSON (RFC 8259), also if it has no Content-Type, as clients of the first SKAO Staging Service
 * send it: UTF-8, limited in size and depth, and without keys that could change the
 * prototype of an object.
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
