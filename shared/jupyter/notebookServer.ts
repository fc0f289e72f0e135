import * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';
import { displayName, type FileName } from '../model/fileName.ts';
import { contentsPath } from './contentsPath.ts';
import { callJupyter, type JupyterAnswer, type ServerConnection } from './jupyterClient.ts';

/** The number of a chunk: 1, 2, … and -1 for the last; undefined when the file is sent in one request. */
export type ChunkNumber = number | undefined;

/** What the contents API reports about a file or directory. */
interface Entry {
  readonly type: 'file' | 'directory' | 'notebook';
  /** Of files; not every contents manager reports it. */
  readonly size: number | undefined;
}

/** The contents API and the kernel specifications of one user's server, beneath its root directory. */
export interface NotebookServer {
  readonly connection: ServerConnection;
  /** The entry with this name; undefined if there is none, or a hidden one. @throws TARGET_IN_FILE */
  find(names: readonly FileName[], signal: AbortSignal): Promise<Entry | undefined>;
  /** Creates a directory; an existing one is not changed. */
  makeDirectory(names: readonly FileName[], signal: AbortSignal): Promise<void>;
  /** Sends a chunk: the first creates or truncates the file, the others are appended. `body` is the request's JSON. */
  write(
    names: readonly FileName[],
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<Entry | undefined>;
  /** Removes a file or directory, into the user's trash if the server has one. */
  remove(names: readonly FileName[], signal: AbortSignal): Promise<void>;
  /**
   * The name of the server's Python kernel; undefined while the server does not answer.
   * @throws JUPYTER_FORBIDDEN, JUPYTER_REFUSED when it has no Python kernel
   */
  findPythonKernel(username: string, signal: AbortSignal): Promise<string | undefined>;
}

const entrySchema = z.object({
  type: z.enum(['file', 'directory', 'notebook']),
  size: z.number().nullish(),
});

const kernelSpecsSchema = z.object({
  default: z.string().optional(),
  kernelspecs: z.record(z.string(), z.object({ spec: z.object({ language: z.string().optional() }) })),
});

/** A chunk may have to wait for a slow disk. */
const writeTimeoutMs = 120_000;

/** Answers of the hub or a proxy for a stopped server; the first is a redirect to the hub. */
const downStatuses = [302, 404, 424, 502, 503, 504];

/** Answers of a proxy that cannot reach the server or is overloaded; they are transient. */
const gatewayFailures = [502, 503, 504];

/** A client of the REST API of Jupyter Server 1 and later. */
export function createNotebookServer(connection: ServerConnection): NotebookServer {
  return {
    connection,
    async find(names, signal) {
      const answer = await callJupyter(connection, { path: `${contentsPath(names)}?content=0`, signal });
      if (answer.status === 404) return undefined;
      // Its answer to a path with a file as a folder.
      if (answer.status === 500) await checkGoesThroughDirectory(this, names.slice(0, -1), signal);
      if (answer.status !== 200) throw refused(answer, 'look at', names);
      return parseEntry(answer);
    },
    async makeDirectory(names, signal) {
      const body = JSON.stringify({ type: 'directory' });
      const answer = await callJupyter(connection, {
        method: 'PUT',
        path: contentsPath(names),
        body,
        signal,
      });
      if (isGood(answer)) return;
      // Another client may have created it at the same moment.
      const entry = await this.find(names, signal);
      if (entry?.type !== 'directory') throw refused(answer, 'make', names);
    },
    async write(names, body, signal) {
      const request = {
        method: 'PUT',
        path: contentsPath(names),
        body,
        signal,
        timeoutMs: writeTimeoutMs,
      } as const;
      const answer = await callJupyter(connection, request);
      if (!isGood(answer)) throw refused(answer, 'write', names);
      return parseEntry(answer);
    },
    async remove(names, signal) {
      const answer = await callJupyter(connection, { method: 'DELETE', path: contentsPath(names), signal });
      if (!isGood(answer) && answer.status !== 404) throw refused(answer, 'remove', names);
    },
    async findPythonKernel(username, signal) {
      const answer = await callJupyter(connection, { path: 'api/kernelspecs', signal });
      if (answer.status === 401 || answer.status === 403) {
        throw new StagingError('JUPYTER_FORBIDDEN', { action: `use the notebook server of ${username}` });
      }
      if (downStatuses.includes(answer.status)) return undefined;
      return pythonKernelOf(answer);
    },
  };
}

/** The server's default kernel if it is a Python kernel, else any Python kernel. */
function pythonKernelOf(answer: JupyterAnswer): string {
  const specs = kernelSpecsSchema.safeParse(answer.json);
  const kernels = specs.success ? specs.data.kernelspecs : {};
  const python = Object.keys(kernels).filter((name) => kernels[name]?.spec.language === 'python');
  const name = python.find((each) => each === specs.data?.default) ?? python[0];
  if (name !== undefined) return name;
  throw new StagingError('JUPYTER_REFUSED', {
    action: 'make the data read-only',
    reason: 'it has no Python kernel, which is required',
  });
}

async function checkGoesThroughDirectory(
  server: NotebookServer,
  names: readonly FileName[],
  signal: AbortSignal,
): Promise<void> {
  const entry = names.length > 0 ? await server.find(names, signal) : undefined;
  if (entry && entry.type !== 'directory') {
    throw new StagingError('TARGET_IN_FILE', { path: displayPath(names) });
  }
}

function parseEntry(answer: JupyterAnswer): Entry | undefined {
  const entry = entrySchema.safeParse(answer.json);
  return entry.success ? { type: entry.data.type, size: entry.data.size ?? undefined } : undefined;
}

function isGood({ status }: JupyterAnswer): boolean {
  return status >= 200 && status < 300;
}

/** `status` does not appear in the message; the retry code reads it. */
function refused(answer: JupyterAnswer, action: string, names: readonly FileName[]): StagingError {
  const path = displayPath(names);
  if (answer.status === 401) return new StagingError('JUPYTER_FORBIDDEN', { action: `${action} ${path}` });
  // The token was accepted for the kernel specifications, so the file system has refused.
  if (answer.status === 403) return new StagingError('TARGET_NOT_WRITABLE', { path });
  const reason = `it answered ${answer.message}`;
  const { status } = answer;
  return new StagingError(
    'JUPYTER_REFUSED',
    { action: `${action} ${path}`, reason, status },
    { automaticRetries: gatewayFailures.includes(status) ? 3 : 0 },
  );
}

function displayPath(names: readonly FileName[]): string {
  return displayName(names.join('/'));
}
