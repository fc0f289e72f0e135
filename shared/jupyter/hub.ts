import * as z from 'zod';
import { limitTime, pause } from '../async/abortSignals.ts';
import { maxTimerMs } from '../async/coalesce.ts';
import { type HubToken, ServerToken } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { tokenSchema } from '../model/token.ts';
import {
  callJupyter,
  type HubConnection,
  type JupyterAnswer,
  unexpected,
  unreachable,
} from './jupyterClient.ts';
import { followSpawn } from './spawnProgress.ts';

/** Finds and starts users' notebook servers, and makes tokens for them. */
export interface Hub {
  /**
   * The address of a user's default server, which is started if it is down. `isSilent` says that it does not answer
   * although the hub considers it running: then the hub checks it.
   * @throws JUPYTER_USER_UNKNOWN, JUPYTER_FORBIDDEN, JUPYTER_UNREACHABLE, JUPYTER_START_FAILED
   */
  findServer(username: string, signal: AbortSignal, isSilent?: boolean): Promise<URL>;
  /**
   * The address of a user's default server if it is running; it is never started.
   * @throws JUPYTER_USER_UNKNOWN, JUPYTER_FORBIDDEN, JUPYTER_UNREACHABLE
   */
  findRunningServer(username: string, signal: AbortSignal): Promise<URL | undefined>;
  /**
   * Makes a token of a user, which opens that user's servers and nothing else.
   * @throws JUPYTER_FORBIDDEN, JUPYTER_UNREACHABLE
   */
  makeToken(username: string, wish: TokenWish, signal: AbortSignal): Promise<MadeToken>;
  /** Revokes a token; an expired one is no error. @throws JUPYTER_FORBIDDEN, JUPYTER_UNREACHABLE */
  revokeToken(username: string, id: string, signal: AbortSignal): Promise<void>;
}

/** What a token is for, as the user sees it on the hub's page of tokens, and how long it is valid. */
interface TokenWish {
  readonly note: string;
  readonly expiresInSeconds: number;
}

/** A token, and the id by which it is revoked. */
export interface MadeToken {
  readonly id: string;
  readonly token: ServerToken;
}

interface HubOptions {
  /** The hub's public address, without `/hub/api`. */
  readonly url: string;
  /** The service's own, or a user's. */
  readonly token: HubToken | ServerToken;
  /** How long a server may take to start. */
  readonly startTimeoutMs: number;
}

/** A stopped server is not in the list, or not ready. */
const userSchema = z.object({
  pending: z.string().nullish(),
  servers: z
    .record(z.string(), z.object({ ready: z.boolean(), pending: z.string().nullish(), url: z.string() }))
    .default({}),
});

type User = z.output<typeof userSchema>;

/** JupyterHub 2 does not support scopes of tokens: it ignores them, and makes a token without restrictions. */
const madeTokenSchema = z.object({ id: z.string(), token: tokenSchema, scopes: z.array(z.string()) });

/** How long to wait before querying the hub again. */
const pauseMs = 200;
const revokeTimeoutMs = 10_000;

/** A client of the REST API of JupyterHub 3 and later. */
export function createHub({ url, token, startTimeoutMs }: HubOptions): Hub {
  const hub: HubConnection = { url: new URL(`${url}/hub/api/`), token: async () => token };
  return {
    async findServer(username, signal, isSilent = false) {
      using limit = limitTime(signal, startTimeoutMs);
      const start: Start = { hub, username, signal: limit.signal, lastMessage: undefined };
      try {
        if (isSilent) await startServer(start);
        return new URL(await untilReady(start), hub.url);
      } catch (error) {
        if (signal.aborted || !limit.signal.aborted) throw unreachable(error, signal);
        throw startFailed(start, `it was not ready after ${startTimeoutMs / 1000} seconds`);
      }
    },
    async findRunningServer(username, signal) {
      const place = readyPlace(await readUser({ hub, username, signal }));
      return place === undefined ? undefined : new URL(place, hub.url);
    },
    async makeToken(username, { note, expiresInSeconds }, signal) {
      const scopes = [`access:servers!user=${username}`];
      const answer = await callJupyter(hub, {
        method: 'POST',
        path: `${userPath(username)}/tokens`,
        body: JSON.stringify({ note, expires_in: expiresInSeconds, scopes }),
        signal,
      });
      const action = `make a token for the notebook server of ${username}`;
      // 400: the user may not open their own server.
      if (answer.status === 400) throw new StagingError('JUPYTER_FORBIDDEN', { action });
      if (answer.status >= 300) throw refused(answer, username, action);
      const made = madeTokenSchema.safeParse(answer.json);
      if (made.success) return { id: made.data.id, token: new ServerToken(made.data.token) };
      throw wrongUrl('no token with scopes, which JupyterHub makes since version 3');
    },
    async revokeToken(username, id, signal) {
      const path = `${userPath(username)}/tokens/${encodeURIComponent(id)}`;
      const answer = await callJupyter(hub, { method: 'DELETE', path, timeoutMs: revokeTimeoutMs, signal });
      if (answer.status >= 300 && answer.status !== 404) throw refused(answer, username, 'revoke a token');
    },
  };
}

/** A server that is starting. */
interface Start {
  readonly hub: HubConnection;
  readonly username: string;
  /** Aborts when the server has taken too long. */
  readonly signal: AbortSignal;
  /** The hub's last message. */
  lastMessage: string | undefined;
}

/** Returns the server's URL or path; the caller limits the time. */
async function untilReady(start: Start): Promise<string> {
  for (;;) {
    const user = await readUser(start);
    const place = readyPlace(user);
    if (place !== undefined) return place;
    if (isStopping(user)) {
      start.lastMessage = 'the server is still being stopped';
      await pause(pauseMs, start.signal);
    } else {
      await startServer(start);
    }
  }
}

/** The URL or path of the user's default server if it is up and not being stopped. */
function readyPlace({ servers }: User): string | undefined {
  const server = servers[''];
  return server?.ready && !server.pending ? server.url : undefined;
}

function isStopping({ pending, servers }: User): boolean {
  return pending === 'stop' || servers['']?.pending === 'stop';
}

async function readUser({
  hub,
  username,
  signal,
}: Pick<Start, 'hub' | 'username' | 'signal'>): Promise<User> {
  const answer = await callJupyter(hub, { path: userPath(username), signal });
  if (answer.status !== 200) throw refused(answer, username, `read about ${username}`);
  const user = userSchema.safeParse(answer.json);
  if (user.success) return user.data;
  throw wrongUrl('something that is no JupyterHub');
}

/**
 * Requests the server and follows its start. The request may take as long as the hub's `slow_spawn_timeout`, so the
 * messages are read concurrently. Returns when the server is ready or its state has to be checked again.
 */
async function startServer(start: Start): Promise<void> {
  const { hub, username, signal } = start;
  let answer: JupyterAnswer | undefined;
  // Only the caller's limit ends it, not the usual timeout.
  const asked = callJupyter(hub, {
    method: 'POST',
    path: `${userPath(username)}/server`,
    body: '{}',
    timeoutMs: maxTimerMs,
    signal,
  }).then((given) => {
    answer = given;
  });
  const [followed] = await Promise.all([followStart(start, () => answer !== undefined), asked]);
  if (followed === 'ready' || !answer) return;
  if (answer.status === 429) start.lastMessage = answer.message;
  // 400: it is already running, or being stopped or started by another client. A proxy's answer: it cannot reach the
  // hub.
  else if (answer.status === 502 || answer.status === 504) throw unexpected(answer);
  else if (answer.status >= 500) throw startFailed(start, `the hub answered ${answer.message}`);
  else if (answer.status >= 300 && answer.status !== 400)
    throw refused(answer, username, `start the notebook server of ${username}`);
  await pause(pauseMs, signal);
}

async function followStart(start: Start, isAnswered: () => boolean): Promise<'ready' | 'unknown'> {
  for (;;) {
    // Checked before following: an answer that arrives meanwhile may be of a start that must still be followed.
    const isLast = isAnswered();
    for await (const { state, message } of followSpawn(start.hub, userPath(start.username), start.signal)) {
      if (state === 'starting') start.lastMessage = message ?? start.lastMessage;
      // Before our request is answered, the end may be that of an earlier start.
      else if (isLast && state === 'ready') return 'ready';
      else if (isLast) throw startFailed(start, message ?? 'Spawn failed');
    }
    if (isLast) return 'unknown';
    await pause(pauseMs, start.signal);
  }
}

function userPath(username: string): string {
  return `users/${encodeURIComponent(username)}`;
}

/** With the hub's last message, which is often the real reason. */
function startFailed({ username, lastMessage }: Start, reason: string): StagingError {
  const detail = lastMessage === undefined ? reason : `${reason} (${lastMessage})`;
  return new StagingError('JUPYTER_START_FAILED', { username, reason: detail });
}

function refused(answer: JupyterAnswer, username: string, action: string): StagingError {
  if (answer.status === 401 || answer.status === 403)
    return new StagingError('JUPYTER_FORBIDDEN', { action });
  if (answer.status === 404) return new StagingError('JUPYTER_USER_UNKNOWN', { username });
  if (answer.status >= 300 && answer.status < 400) return wrongUrl(answer.message);
  return unexpected(answer);
}

function wrongUrl(found: string): StagingError {
  const reason = `JUPYTERHUB_URL may be wrong, for its answer was ${found}`;
  return new StagingError('JUPYTER_UNREACHABLE', { reason }, { automaticRetries: 0 });
}
