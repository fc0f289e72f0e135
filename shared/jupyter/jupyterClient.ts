import { limitTime } from '../async/abortSignals.ts';
import type { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';

/** A JupyterHub or a notebook server, and the token to act with. The token goes into a header, never into a URL. */
export interface JupyterConnection {
  /** Ends with a slash. */
  readonly url: URL;
  readonly token: Secret;
}

/** One request. `path` is beneath the connection's URL and percent-encoded already. */
export interface JupyterRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** JSON. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** What came back, whatever its status. */
export interface JupyterAnswer {
  readonly status: number;
  /** The body's JSON, or undefined when it is none. */
  readonly json: unknown;
  /** The other side's own words on an error, made harmless. */
  readonly message: string;
}

const usualTimeoutMs = 30_000;

/** The other side may be a user's program; what it answers must not fill our memory. */
const maxAnswerBytes = 4 * 1024 * 1024;

/** Sends a request and reads the whole answer. @throws JUPYTER_UNREACHABLE, or the signal's reason */
export async function callJupyter(
  connection: JupyterConnection,
  request: JupyterRequest,
): Promise<JupyterAnswer> {
  const timeoutMs = request.timeoutMs ?? usualTimeoutMs;
  using limit = limitTime(request.signal, timeoutMs);
  try {
    const response = await openJupyter(connection, { ...request, signal: limit.signal });
    const json = parseJson(await readText(response));
    return { status: response.status, json, message: messageOf(response, json, connection.token) };
  } catch (error) {
    throw unreachable(error, request.signal, limit.signal.aborted ? timeoutMs : undefined);
  }
}

/** Sends a request and gives the answer as soon as it begins. @throws the errors of fetch; see `unreachable` */
export function openJupyter(
  { url, token }: JupyterConnection,
  { method = 'GET', path, body, signal }: JupyterRequest,
): Promise<Response> {
  return fetch(new URL(path, url), {
    method,
    headers: { Authorization: `token ${token.reveal()}`, 'Content-Type': 'application/json' },
    // A redirect leads to a login page, or means that the URL is not the right one.
    redirect: 'manual',
    signal,
    ...(body !== undefined && { body }),
  });
}

/** What a request that got no answer ends with. `timeoutMs` is given when it was cut off after that time. */
export function unreachable(thrown: unknown, signal: AbortSignal, timeoutMs?: number): unknown {
  if (signal.aborted) return signal.reason;
  if (thrown instanceof StagingError) return thrown;
  const reason = timeoutMs === undefined ? reasonOf(thrown) : `no answer within ${timeoutMs / 1000} seconds`;
  return new StagingError('JUPYTER_UNREACHABLE', { reason }, { cause: thrown });
}

/** An answer that is not what its protocol says. */
export function unexpected(answer: JupyterAnswer): StagingError {
  return new StagingError('JUPYTER_UNREACHABLE', { reason: `it answered ${answer.message}` });
}

/** Text of another program as it may stand in an error: one line, not long, and without our token. */
export function harmless(text: string, token?: Secret): string {
  const shown = token ? text.replaceAll(token.reveal(), '[secret]') : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const line = shown.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/** JSON, or undefined for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf({ status, headers, url }: Response, json: unknown, token: Secret): string {
  const place = headers.get('Location');
  if (status >= 300 && status < 400 && place !== null) {
    // Without the query, which is the other side's business.
    const { origin, pathname } = new URL(place, url);
    return `${status}, a redirect to ${harmless(`${origin}${pathname}`, token)}`;
  }
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  return typeof message === 'string' ? `${status} ${harmless(message, token)}` : `${status}`;
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) {
      throw new StagingError('JUPYTER_UNREACHABLE', { reason: 'it answered with far too much' });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** fetch says only "fetch failed"; what failed is in its cause. */
function reasonOf(thrown: unknown): string {
  const cause = hasCause(thrown) ? thrown.cause : thrown;
  const code = textOf(cause, 'code');
  if (code !== undefined) return code === 'ECONNREFUSED' ? 'the connection was refused' : code;
  // Such as "bad port", for one that fetch never calls.
  return harmless(textOf(cause, 'message') ?? '') || 'the connection failed';
}

/** Errors of fetch may come from another realm, where they are no instances of our Error. */
function hasCause(thrown: unknown): thrown is { readonly cause: unknown } {
  return typeof thrown === 'object' && thrown !== null && 'cause' in thrown;
}

function textOf(thrown: unknown, member: 'code' | 'message'): string | undefined {
  const text = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, member) : undefined;
  return typeof text === 'string' ? text : undefined;
}
