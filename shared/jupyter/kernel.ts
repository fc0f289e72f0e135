import { randomUUID } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import { callJupyter, harmless, type JupyterConnection, parseJson } from './jupyterClient.ts';
import { limitTime } from './timeLimit.ts';

/** A Python kernel of our own in the user's server. Disposing of it shuts it down. */
export interface Kernel extends AsyncDisposable {
  /** Whether the connection to it still stands. */
  readonly isAlive: boolean;
  /** Runs code, then gives the text that an expression shows as. @throws JUPYTER_REFUSED, or the signal's reason */
  evaluate(code: string, expression: string, timeoutMs: number, signal: AbortSignal): Promise<string>;
}

interface KernelPlace {
  /** The name of the kernel's specification. */
  readonly kernelName: string;
  /** The working directory: a path in the contents API. */
  readonly folder: string;
}

/** The kernel's process starts, and the server waits for its first sign of life, 60 seconds at most by default. */
const startTimeoutMs = 90_000;
const shutdownTimeoutMs = 10_000;
/** Proxies close connections that are quiet for a minute. */
const pingEveryMs = 20_000;
/** What the user's kernel sends must not fill our memory. */
const maxMessageBytes = 4 * 1024 * 1024;

const kernelSchema = z.object({ id: z.string() });

/** The messages that matter here, of the Jupyter messaging protocol 5 ("execute", "kernel status"). */
const messageSchema = z.object({
  header: z.object({ msg_type: z.string() }),
  parent_header: z.object({ msg_id: z.string().optional() }),
  content: z.object({
    execution_state: z.string().optional(),
    status: z.string().optional(),
    evalue: z.string().optional(),
    user_expressions: z
      .record(
        z.string(),
        z.object({ evalue: z.string().optional(), data: z.record(z.string(), z.unknown()).optional() }),
      )
      .optional(),
  }),
});

type Content = z.output<typeof messageSchema>['content'];

/** Starts a kernel and connects to it. @throws JUPYTER_REFUSED, JUPYTER_UNREACHABLE, or the signal's reason */
export async function startKernel(
  server: JupyterConnection,
  { kernelName, folder }: KernelPlace,
  signal: AbortSignal,
): Promise<Kernel> {
  const answer = await callJupyter(server, {
    method: 'POST',
    path: 'api/kernels',
    body: JSON.stringify({ name: kernelName, path: folder }),
    timeoutMs: startTimeoutMs,
    signal,
  });
  const kernel = kernelSchema.safeParse(answer.json);
  if (!kernel.success) throw noKernel(`it answered ${answer.message}`);
  const path = `api/kernels/${encodeURIComponent(kernel.data.id)}`;
  const shutDown = async () => {
    const limit = { timeoutMs: shutdownTimeoutMs, signal: new AbortController().signal };
    await callJupyter(server, { method: 'DELETE', path, ...limit });
  };
  try {
    return connected(await connect(server, path, signal), shutDown);
  } catch (error) {
    await shutDown().catch(() => undefined);
    throw error;
  }
}

/**
 * The messages go as JSON text, the protocol that every server speaks when no other is agreed on
 * (Jupyter Server, "WebSocket kernel wire protocols").
 */
async function connect(server: JupyterConnection, path: string, signal: AbortSignal): Promise<WebSocket> {
  const url = new URL(`${path}/channels?session_id=${randomUUID()}`, server.url);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url, {
    headers: { Authorization: `token ${server.token.reveal()}` },
    handshakeTimeout: startTimeoutMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('The connection was closed')));
    });
    return socket;
  } catch (cause) {
    throw signal.aborted ? signal.reason : noKernel('no connection to it could be made', cause);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function connected(socket: WebSocket, shutDown: () => Promise<void>): Kernel {
  const waiting = new Map<string, (outcome: Content | StagingError) => void>();
  const fail = (reason: string) => {
    for (const settle of waiting.values()) settle(noKernel(reason));
    socket.terminate();
  };
  const pinging = setInterval(() => socket.ping(), pingEveryMs);
  socket.on('error', () => fail('the connection to it failed'));
  socket.on('close', () => {
    clearInterval(pinging);
    fail('the connection to it was lost');
  });
  socket.on('message', (data) => {
    const message = messageSchema.safeParse(parseJson(textOf(data)));
    if (!message.success) return;
    const { header, parent_header, content } = message.data;
    if (header.msg_type === 'execute_reply') waiting.get(parent_header.msg_id ?? '')?.(content);
    // The server starts a kernel anew when its process has ended, for want of memory for instance.
    const isDead = ['restarting', 'autorestarting', 'dead'].includes(content.execution_state ?? '');
    if (header.msg_type === 'status' && isDead) fail('it ended unexpectedly');
  });
  return {
    get isAlive() {
      return socket.readyState === WebSocket.OPEN;
    },
    async evaluate(code, expression, timeoutMs, signal) {
      using limit = limitTime(signal, timeoutMs);
      const id = randomUUID();
      try {
        const outcome = await new Promise<Content | StagingError>((resolve) => {
          waiting.set(id, resolve);
          limit.signal.addEventListener('abort', () => resolve(noKernel('it took too long')), { once: true });
          if (limit.signal.aborted) resolve(noKernel('it took too long'));
          else if (socket.readyState === WebSocket.OPEN) socket.send(executeRequest(id, code, expression));
          else resolve(noKernel('the connection to it was lost'));
        });
        if (signal.aborted) throw signal.reason;
        if (outcome instanceof StagingError) throw outcome;
        return resultOf(outcome);
      } catch (error) {
        // It may still be busy; a kernel that nobody waits for is of no more use.
        if (limit.signal.aborted) socket.terminate();
        throw error;
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

function executeRequest(id: string, code: string, expression: string): string {
  return JSON.stringify({
    channel: 'shell',
    header: {
      msg_id: id,
      msg_type: 'execute_request',
      username: '',
      session: randomUUID(),
      date: new Date().toISOString(),
      version: '5.3',
    },
    parent_header: {},
    metadata: {},
    content: {
      code,
      silent: true,
      store_history: false,
      user_expressions: { result: expression },
      allow_stdin: false,
      stop_on_error: true,
    },
    buffers: [],
  });
}

function resultOf(content: Content): string {
  const result = content.user_expressions?.['result'];
  const text = result?.data?.['text/plain'];
  if (content.status === 'ok' && typeof text === 'string') return text;
  throw noKernel(harmless(result?.evalue ?? content.evalue ?? content.status ?? 'it gave no result'));
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

function noKernel(reason: string, cause?: unknown): StagingError {
  return new StagingError('JUPYTER_REFUSED', { action: 'run its Python kernel', reason }, { cause });
}
