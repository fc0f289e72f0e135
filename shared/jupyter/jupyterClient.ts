// The clients of JupyterHub, of notebook servers and of their kernels. They send a token only in headers, trust no
// answer, and bound its size and the time to wait for it.

import { limitTime, raceAbort } from '../async/abortSignals.ts';
import type { HubToken, ServerToken } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { parseJson } from '../model/parseJson.ts';
import { harmless } from '../process/liveSecrets.ts';

/** A JupyterHub or a notebook server, and the token for it. The token is sent in a header, never in a URL. */
export interface JupyterConnection {
  /** Ends with a slash. */
  readonly url: URL;
  /** The token for the next request. */
  token(): Promise<HubToken | ServerToken>;
}

/** The API of JupyterHub. It may receive every token, because it has issued them all. */
export type HubConnection = JupyterConnection;

/** A user's notebook server, which the user controls: it may receive only a token of that user. */
export interface ServerConnection extends JupyterConnection {
  token(): Promise<ServerToken>;
  /** Keeps the token valid until this work has ended, which runs in the background. Its failure is ignored. */
  keepFor(work: Promise<unknown>): void;
}

/** One request. `path` is beneath the connection's URL and already percent-encoded. */
export interface JupyterRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** JSON. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** The response, with any status. */
export interface JupyterAnswer {
  readonly status: number;
  /** The body's JSON, or undefined if it is not JSON. */
  readonly json: unknown;
  /** The server's own error message, sanitised. */
  readonly message: string;
}

const usualTimeoutMs = 30_000;

/** The server may be controlled by a user; its response must not exhaust our memory. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Sends a request and reads the whole response. @throws JUPYTER_UNREACHABLE, or the signal's reason */
export async function callJupyter(
  connection: JupyterConnection,
  request: JupyterRequest,
): Promise<JupyterAnswer> {
  const timeoutMs = request.timeoutMs ?? usualTimeoutMs;
  using limit = limitTime(request.signal, timeoutMs);
  try {
    const response = await openJupyter(connection, { ...request, signal: limit.signal });
    const json = parseJson(await readText(response));
    return { status: response.status, json, message: messageOf(response, json) };
  } catch (error) {
    throw unreachable(error, request.signal, limit.signal.aborted ? timeoutMs : undefined);
  }
}

/** Sends a request and returns the response as soon as it starts. @throws the errors of fetch; see `unreachable` */
export async function openJupyter(
  connection: JupyterConnection,
  { method = 'GET', path, body, signal }: JupyterRequest,
): Promise<Response> {
  const headers = { ...(await authorization(connection, signal)), 'Content-Type': 'application/json' };
  return fetch(new URL(path, connection.url), {
    method,
    headers,
    // A redirect leads to a login page, or shows that the URL is wrong. Another host must not receive the token.
    redirect: 'manual',
    signal,
    ...(body !== undefined && { body }),
  });
}

/**
 * The header with the token: the only place that reveals it. @throws the errors of its renewal, or the signal's reason
 */
export async function authorization(
  connection: JupyterConnection,
  signal: AbortSignal,
): Promise<{ readonly Authorization: string }> {
  const token = await raceAbort(connection.token(), signal);
  return { Authorization: `token ${token.reveal()}` };
}

/** The error of a request without a response. `timeoutMs` is given when it was aborted after that time. */
export function unreachable(thrown: unknown, signal: AbortSignal, timeoutMs?: number): unknown {
  if (signal.aborted) return signal.reason;
  if (thrown instanceof StagingError) return thrown;
  const reason = timeoutMs === undefined ? reasonOf(thrown) : `no answer within ${timeoutMs / 1000} seconds`;
  return new StagingError('JUPYTER_UNREACHABLE', { reason }, { cause: thrown });
}

/** A response that violates its protocol. */
export function unexpected(answer: JupyterAnswer): StagingError {
  return new StagingError('JUPYTER_UNREACHABLE', { reason: `it answered ${answer.message}` });
}

function messageOf({ status, headers, url }: Response, json: unknown): string {
  const place = headers.get('Location');
  if (status >= 300 && status < 400 && place !== null) {
    // Without the query, which may contain the server's secrets.
    const { origin, pathname } = new URL(place, url);
    return `${status}, a redirect to ${harmless(`${origin}${pathname}`)}`;
  }
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  return typeof message === 'string' ? `${status} ${harmless(message)}` : `${status}`;
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) {
      throw new StagingError('JUPYTER_UNREACHABLE', { reason: 'its answer is too large' });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** fetch only reports "fetch failed"; the reason is in its cause. */
function reasonOf(thrown: unknown): string {
  const cause = hasCause(thrown) ? thrown.cause : thrown;
  const code = textOf(cause, 'code');
  if (code !== undefined) return code === 'ECONNREFUSED' ? 'the connection was refused' : code;
  // Such as "bad port", when fetch refuses a URL.
  return harmless(textOf(cause, 'message') ?? '') || 'the connection failed';
}

/** Errors of fetch may come from another realm, where they are not instances of our Error. */
function hasCause(thrown: unknown): thrown is { readonly cause: unknown } {
  return typeof thrown === 'object' && thrown !== null && 'cause' in thrown;
}

function textOf(thrown: unknown, member: 'code' | 'message'): string | undefined {
  const text = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, member) : undefined;
  return typeof text === 'string' ? text : undefined;
}
