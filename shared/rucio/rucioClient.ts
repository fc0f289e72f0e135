// The client of Rucio. It sends its token only in a header, follows no redirect, and validates every answer.

import { addAbortListener } from 'node:events';
import { retry } from '../async/retry.ts';
import type { RucioConfig } from '../config/rucioConfig.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { HeldToken } from '../model/sourcePath.ts';
import { harmless } from '../process/liveSecrets.ts';
import { pauseAfter, type RefusedAnswer, reasonOf, unreachable } from './rucioErrors.ts';
import type { RucioTokens } from './rucioTokens.ts';

/** One request to Rucio's API. */
interface RucioRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Beneath the server's address, and already percent-encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** The caller's token, if the service has none of its own. */
  readonly token?: HeldToken | undefined;
  /** How long Rucio may be silent, in ms, if that differs from the default. */
  readonly silenceMs?: number;
}

/** An answer of Rucio that is not a connection or authentication error. */
export interface RucioAnswer extends RefusedAnswer {
  /** The values of the answer, each a line of its own (NDJSON). */
  readonly values: readonly unknown[];
}

/** Calls the API as the service, or on behalf of its caller. */
export interface RucioClient {
  /**
   * Sends a request, and retries when the failure may be transient or the token has become invalid.
   * @throws RUCIO_UNREACHABLE, RUCIO_FORBIDDEN, RUCIO_TOKEN_MISSING, or the signal's reason
   */
  call(request: RucioRequest, signal: AbortSignal): Promise<RucioAnswer>;
}

/**
 * How long Rucio may be silent by default, in ms: before an answer and between its parts, regardless of its total
 * duration.
 */
const usualSilenceMs = 60_000;

/** The longest line of an answer, in characters: one file has a few hundred for each replica. */
const maxLine = 1024 * 1024;

/** The client of the configured server. */
export function createRucioClient({ url }: RucioConfig, tokens: RucioTokens): RucioClient {
  return {
    async call(request, signal) {
      let isRenewed = false;
      const once = async () => {
        const token = await tokens.token(request.token, signal);
        const answer = await ask(`${url}${request.path}`, request, token, signal);
        if (answer.status === 401 && !isRenewed && tokens.forget(token)) {
          isRenewed = true;
          throw new TokenRefused(answer);
        }
        if (answer.status === 401 || answer.status === 403) throw forbidden(answer);
        if (isPassing(answer)) throw unreachable(`it answered ${answer.status} ${answer.message}`.trim());
        return answer;
      };
      const pauseAfterError = (error: unknown, attempt: number) => {
        signal.throwIfAborted();
        return error instanceof TokenRefused ? 0 : pauseAfter(error, attempt);
      };
      return retry(once, pauseAfterError, signal);
    },
  };
}

/** A token that was valid when it was issued, and no longer is: it is renewed. */
class TokenRefused extends Error {
  constructor({ message }: RucioAnswer) {
    super(message);
  }
}

/** Rucio's own errors have a name; those of its web server and of proxies are assumed to be transient. */
function isPassing({ status, exception }: RucioAnswer): boolean {
  if (status === 429 || status === 502 || status === 503 || status === 504) return true;
  return status >= 500 && (exception === undefined || exception === 'DatabaseException');
}

async function ask(
  url: string,
  { method = 'GET', body, silenceMs = usualSilenceMs }: RucioRequest,
  token: HeldToken,
  signal: AbortSignal,
): Promise<RucioAnswer> {
  using silence = limitSilence(silenceMs, signal);
  try {
    const response = await fetch(url, {
      method,
      headers: {
        'X-Rucio-Auth-Token': token.reveal(),
        Accept: 'application/x-json-stream, application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      redirect: 'manual',
      signal: silence.signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const values: unknown[] = [];
    for await (const line of linesOf(response, silence.heard)) values.push(parseLine(line, response));
    return { status: response.status, values, ...errorOf(response, values[0]) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof StagingError) throw error;
    const isSilent = silence.signal.aborted;
    throw unreachable(isSilent ? `it was silent for ${silenceMs / 1000} seconds` : reasonOf(error), error);
  }
}

/** A signal that aborts with another one, or when nothing was received for too long. */
function limitSilence(silenceMs: number, signal: AbortSignal) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), silenceMs);
  const listening = addAbortListener(signal, () => controller.abort(signal.reason));
  return {
    signal: controller.signal,
    heard: () => void timer.refresh(),
    [Symbol.dispose]() {
      clearTimeout(timer);
      listening[Symbol.dispose]();
    },
  };
}

async function* linesOf(response: Response, heard: () => void): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of response.body ?? []) {
    heard();
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLine) throw unreachable('its answer has a line that is too long');
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

/** Text that is not JSON is the page of some other server, or an answer that was cut off. */
function parseLine(line: string, { status, ok }: Response): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    if (!ok) return undefined;
    throw unreachable(`its answer ${status} is not JSON`, cause);
  }
}

function errorOf(
  { status, ok, headers }: Response,
  first: unknown,
): Pick<RucioAnswer, 'exception' | 'message'> {
  if (ok) return { exception: undefined, message: '' };
  const member = (name: string) => {
    const value = typeof first === 'object' && first !== null ? Reflect.get(first, name) : undefined;
    return typeof value === 'string' ? harmless(value) : undefined;
  };
  const exception = member('ExceptionClass') ?? headers.get('ExceptionClass') ?? undefined;
  const isElsewhere = status >= 300 && status < 400;
  return { exception, message: isElsewhere ? 'a redirect' : (member('ExceptionMessage') ?? '') };
}

function forbidden({ status, exception, message }: RucioAnswer): StagingError {
  const reason = [`it answered ${status}`, exception, message].filter(Boolean).join(' ');
  return new StagingError('RUCIO_FORBIDDEN', { reason });
}
