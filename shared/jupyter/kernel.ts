import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { limitTime, raceAbort, withResolvers } from '../async/abortSignals.ts';
import { every } from '../async/interval.ts';
import { StagingError } from '../errors/stagingError.ts';
import { harmless } from '../process/liveSecrets.ts';
import { authorization, callJupyter, type ServerConnection } from './jupyterClient.ts';
import { type ExecuteReply, executeRequest, parseMessage, resultOf } from './kernelMessages.ts';

/** Our own Python kernel in the user's server. Disposing of it shuts it down. */
export interface Kernel extends AsyncDisposable {
  /** Whether it exists and is reachable. Its connection does not report that another client has shut it down. */
  isAlive(signal: AbortSignal): Promise<boolean>;
  /** Runs code, then returns the text of an expression's value. @throws JUPYTER_REFUSED, or the signal's reason */
  evaluate(code: string, expression: string, timeoutMs: number, signal: AbortSignal): Promise<string>;
}

interface KernelPlace {
  /** The name of the kernel's specification. */
  readonly kernelName: string;
  /** The working directory: a path in the contents API. */
  readonly folder: string;
  /** The owner of the kernel: the user sees this name, and `endKernels` finds the kernel by it. */
  readonly partId: string;
}

/** The kernel's process starts, and the server waits for its first heartbeat, by default at most 60 seconds. */
const startTimeoutMs = 90_000;
const shutdownTimeoutMs = 10_000;
/** Proxies close connections that are idle for a minute. */
const pingEveryMs = 20_000;
/** How soon it is detected that a busy kernel was shut down. */
const pollMs = 10_000;
/** Messages of the user's kernel must not exhaust our memory. */
const maxMessageBytes = 4 * 1024 * 1024;

const sessionSchema = z.object({ id: z.string(), kernel: z.object({ id: z.string() }) });
const sessionNamesSchema = z.array(z.object({ id: z.string(), name: z.string().nullish() }));

/** Starts a kernel and connects to it. @throws JUPYTER_REFUSED, JUPYTER_UNREACHABLE, or the signal's reason */
export async function startKernel(
  server: ServerConnection,
  place: KernelPlace,
  signal: AbortSignal,
): Promise<Kernel> {
  // An aborted request may still start a kernel, which nothing would shut down.
  const creating = createKernel(server, place);
  const shutDown = async () => {
    await endSession(server, (await creating).session, new AbortController().signal);
  };
  try {
    const path = (await raceAbort(creating, signal)).kernel;
    const exists = async (asking: AbortSignal) =>
      (await callJupyter(server, { path, signal: asking })).status !== 404;
    return connected(await connect(server, path, signal), exists, shutDown);
  } catch (error) {
    server.keepFor(shutDown());
    throw error;
  }
}

/** Shuts down the kernels of an operation whose worker has died. @throws JUPYTER_UNREACHABLE, or the signal's reason */
export async function endKernels(
  server: ServerConnection,
  partId: string,
  signal: AbortSignal,
): Promise<void> {
  const sessions = sessionNamesSchema.safeParse(
    (await callJupyter(server, { path: 'api/sessions', signal })).json,
  );
  for (const { id, name } of sessions.data ?? []) {
    if (name === sessionName(partId)) await endSession(server, id, signal);
  }
}

/** The names of our sessions, for the user and for `endKernels`. */
function sessionName(partId: string): string {
  return `jupyter_copy ${partId}`;
}

/**
 * The session of a new kernel, and the kernel's path in the server's API. A kernel alone has no name to identify it.
 * Two sessions of one path would share their kernel; with a path that does not exist, its folder is the working
 * directory.
 */
async function createKernel(
  server: ServerConnection,
  { kernelName, folder, partId }: KernelPlace,
): Promise<{ session: string; kernel: string }> {
  const path = `${folder === '' ? '' : `${folder}/`}${randomUUID()}`;
  const session = { path, name: sessionName(partId), type: 'console', kernel: { name: kernelName } };
  const answer = await callJupyter(server, {
    method: 'POST',
    path: 'api/sessions',
    body: JSON.stringify(session),
    timeoutMs: startTimeoutMs,
    signal: new AbortController().signal,
  });
  const created = sessionSchema.safeParse(answer.json);
  if (!created.success) throw noKernel(`it answered ${answer.message}`);
  const { id, kernel } = created.data;
  return { session: id, kernel: `api/kernels/${encodeURIComponent(kernel.id)}` };
}

/** Shuts down a session's kernel, if it still exists. */
async function endSession(server: ServerConnection, id: string, signal: AbortSignal): Promise<void> {
  const path = `api/sessions/${encodeURIComponent(id)}`;
  await callJupyter(server, { method: 'DELETE', path, timeoutMs: shutdownTimeoutMs, signal });
}

/**
 * Messages are JSON text, the protocol that every server uses when no other is negotiated (Jupyter Server, "WebSocket
 * kernel wire protocols").
 */
async function connect(server: ServerConnection, path: string, signal: AbortSignal): Promise<WebSocket> {
  const url = new URL(`${path}/channels?session_id=${randomUUID()}`, server.url);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url, {
    headers: await authorization(server, signal),
    handshakeTimeout: startTimeoutMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  // Never removed, because an error event without a listener ends the process.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'open', { signal });
    return socket;
  } catch (cause) {
    socket.terminate();
    throw signal.aborted ? signal.reason : noKernel('no connection to it could be made', cause);
  }
}

function connected(
  socket: WebSocket,
  exists: (signal: AbortSignal) => Promise<boolean>,
  shutDown: () => Promise<void>,
): Kernel {
  const waiting = new Map<string, (outcome: ExecuteReply | StagingError) => void>();
  const fail = (reason: string) => {
    for (const settle of waiting.values()) settle(noKernel(reason));
    socket.terminate();
  };
  const closed = new AbortController();
  void every(pingEveryMs, () => socket.ping(), { signal: closed.signal, onError: () => socket.terminate() });
  socket.on('error', () => fail('the connection to it failed'));
  socket.on('close', () => {
    closed.abort();
    fail('the connection to it was lost');
  });
  socket.on('message', (frame) => {
    const message = parseMessage(frame);
    if (message?.kind === 'reply') waiting.get(message.requestId)?.(message.reply);
    // For lack of memory, for instance.
    if (message?.kind === 'ended') fail('it ended unexpectedly');
  });
  return {
    isAlive: async (signal) => socket.readyState === WebSocket.OPEN && (await exists(signal)),
    async evaluate(code, expression, timeoutMs, signal) {
      using limit = limitTime(signal, timeoutMs);
      const id = randomUUID();
      const { promise: replying, resolve } = withResolvers<ExecuteReply | StagingError>();
      waiting.set(id, resolve);
      if (socket.readyState !== WebSocket.OPEN) throw noKernel('the connection to it was lost');
      socket.send(executeRequest(id, code, expression));
      const watch = async () => {
        if (!(await exists(limit.signal))) fail('it was shut down');
      };
      // A failed check proves nothing; the next one may.
      void every(pollMs, watch, { signal: limit.signal, onError: () => undefined });
      try {
        const reply = await raceAbort(replying, limit.signal);
        if (reply instanceof StagingError) throw reply;
        const result = resultOf(reply);
        if ('text' in result) return result.text;
        throw noKernel(harmless(result.reason));
      } catch (error) {
        if (!limit.signal.aborted) throw error;
        // It is still busy; a kernel with an unwanted result is useless.
        socket.terminate();
        throw signal.aborted ? signal.reason : noKernel(`it took more than ${timeoutMs / 1000} seconds`);
      } finally {
        waiting.delete(id);
      }
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await shutDown();
    },
  };
}

function noKernel(reason: string, cause?: unknown): StagingError {
  return new StagingError('JUPYTER_REFUSED', { action: 'run its Python kernel', reason }, { cause });
}
