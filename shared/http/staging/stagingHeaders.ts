import type { Request, RequestHandler, Response } from 'express';
import type { Config } from '../../config/config.ts';
import { tokenSchema } from '../../model/token.ts';
import { invalidRequest, parsePart } from '../validation.ts';

/** When to answer a request whose operation takes long, and which of its preferences were applied. */
export interface AnswerTime {
  /** How long the answer waits for the operation's end, in ms; Infinity: no limit. */
  readonly waitMs: number;
  /** The value of `Preference-Applied` for an answer before the end. */
  readonly applied: readonly string[];
}

const atTheEnd: AnswerTime = { waitMs: Number.POSITIVE_INFINITY, applied: [] };

/**
 * When to answer, by a request's `Prefer` header (RFC 7240 §4.1 and §4.3): `respond-async`
 * immediately, `wait=N` after N seconds, both together like `wait=N`. No answer waits longer than `syncTimeoutMs`.
 */
export function answerTimeOf(request: Request, response: Response, syncTimeoutMs: number): AnswerTime {
  if (response.locals['mustAnswerAtTheEnd'] === true) return atTheEnd;
  const preferences = readPreferences(request.get('prefer') ?? '');
  const isAsync = preferences.has('respond-async');
  const seconds = /^\d{1,6}$/.exec(preferences.get('wait') ?? '')?.[0];
  const requestedMs = seconds === undefined ? (isAsync ? 0 : syncTimeoutMs) : Number(seconds) * 1000;
  const isWaitApplied = seconds !== undefined && requestedMs <= syncTimeoutMs;
  return {
    waitMs: Math.min(requestedMs, syncTimeoutMs),
    applied: [...(isAsync ? ['respond-async'] : []), ...(isWaitApplied ? [`wait=${seconds}`] : [])],
  };
}

/**
 * Makes answers wait for the ends of their operations, regardless of the requests' preferences, where nothing runs
 * after an answer. With `canHandOver`, only for requests with a token, which is never stored, so no other invocation
 * could continue.
 */
export function answerAtTheEnd({ canHandOver }: { readonly canHandOver: boolean }): RequestHandler {
  return (request, response, next) => {
    const tokens = [
      request.get('jupyter-token'),
      request.query['jupyter_token'],
      request.get('x-rucio-auth-token'),
    ];
    response.locals['mustAnswerAtTheEnd'] = !canHandOver || tokens.some((token) => token !== undefined);
    next();
  };
}

/** Preferences by name, the first of each (RFC 7240 §2); parameters after semicolons are ignored. */
function readPreferences(header: string): ReadonlyMap<string, string> {
  const preferences = new Map<string, string>();
  for (const part of header.split(',')) {
    const [name = '', value = ''] = (part.split(';')[0] ?? '').split('=', 2).map((text) => text.trim());
    const key = name.toLowerCase();
    if (!preferences.has(key)) preferences.set(key, value.replace(/^"(.*)"$/, '$1'));
  }
  return preferences;
}

/**
 * When the token in the query was deprecated in favour of a header (RFC 9745): addresses get into logs and histories.
 */
const deprecatedSince = `@${Date.UTC(2026, 10, 29) / 1000}`;

/** The caller's own token at JupyterHub, from the header or, as older clients send it, from the query. @throws BODY_INVALID */
export function readJupyterToken(request: Request, response: Response): string | undefined {
  const inQuery = request.query['jupyter_token'];
  if (inQuery !== undefined) response.set('Deprecation', deprecatedSince);
  const given = request.get('jupyter-token');
  if (given === undefined) return typeof inQuery === 'string' ? inQuery : undefined;
  return parsePart({ name: 'header.jupyter-token', value: given, schema: tokenSchema });
}

/** The caller's own token for Rucio, if Rucio is queried with it. @throws BODY_INVALID when it is not a token */
export function rucioTokenOf(request: Request, { rucio }: Pick<Config, 'rucio'>): string | undefined {
  const token = request.get('x-rucio-auth-token');
  if (token === undefined || rucio?.credentials.kind !== 'caller') return undefined;
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw invalidRequest([{ path: 'header.X-Rucio-Auth-Token', message: 'is not a token' }]);
}
