import type { Request, Response } from 'express';
import { tokenSchema } from '../../model/token.ts';
import { parsePart } from '../validation.ts';

/** Since when the token belongs into a header (RFC 9745): in an address it gets into logs and histories. */
const deprecatedSince = `@${Date.UTC(2026, 10, 29) / 1000}`;

/** Whether a request has the caller's own token at JupyterHub. */
export function hasJupyterToken(request: Request): boolean {
  return request.get('jupyter-token') !== undefined || request.query['jupyter_token'] !== undefined;
}

/** The caller's own token at JupyterHub, from the header or, as older clients send it, from the query. @throws BODY_INVALID */
export function readJupyterToken(request: Request, response: Response): string | undefined {
  const inQuery = request.query['jupyter_token'];
  if (inQuery !== undefined) response.set('Deprecation', deprecatedSince);
  const given = request.get('jupyter-token');
  if (given === undefined) return typeof inQuery === 'string' ? inQuery : undefined;
  return parsePart({ name: 'header.jupyter-token', value: given, schema: tokenSchema });
}
