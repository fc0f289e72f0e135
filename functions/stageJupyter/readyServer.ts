import { pause } from '../../shared/async/abortSignals.ts';
import type { Config } from '../../shared/config/config.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { createHub } from '../../shared/jupyter/hub.ts';
import { createNotebookServer, type NotebookServer } from '../../shared/jupyter/notebookServer.ts';
import { createServerAccess, ownAccess, type ServerAccess } from '../../shared/jupyter/serverAccess.ts';
import type { FileName } from '../../shared/model/fileName.ts';
import type { StagingRequest } from '../../shared/staging/stagingMethod.ts';

/** A user's server that answers, the operation's access to it, and its Python kernel. */
export interface ReadyServer {
  /** Must be disposed of. */
  readonly access: ServerAccess;
  readonly url: URL;
  readonly server: NotebookServer;
  readonly kernelName: string;
}

/** Half a minute in total. */
const maxServerPolls = 6;

/**
 * Finds the user's server and checks that it answers: the hub may not have detected yet that it has stopped, or is
 * stopping.
 * @throws JUPYTER_TOKEN_MISSING, JUPYTER_USER_UNKNOWN, JUPYTER_FORBIDDEN, JUPYTER_UNREACHABLE, JUPYTER_START_FAILED, JUPYTER_REFUSED
 */
export async function findReadyServer(
  config: Config['jupyterHub'],
  { username, operationId, jupyterToken }: StagingRequest,
  signal: AbortSignal,
): Promise<ReadyServer> {
  const token = jupyterToken ?? config.token;
  if (!token) throw new StagingError('JUPYTER_TOKEN_MISSING');
  const hub = createHub({ ...config, token });
  const access = jupyterToken ? ownAccess(jupyterToken) : createServerAccess(hub, { username, operationId });
  try {
    for (let attempt = 0; attempt < maxServerPolls; attempt += 1) {
      if (attempt > 0) await pause(250 * 2 ** attempt, signal);
      const url = await hub.findServer(username, signal, attempt > 0);
      const server = createNotebookServer({ url, ...access });
      const kernelName = await server.findPythonKernel(username, signal);
      if (kernelName !== undefined) return { access, url, server, kernelName };
    }
    const reason = 'JupyterHub reports it as running, but it does not answer';
    throw new StagingError('JUPYTER_START_FAILED', { username, reason });
  } catch (error) {
    // Its failure would hide the error, and the token expires.
    await access[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

/** Creates the missing folders on the way to a target. */
export async function makeFolders(
  server: NotebookServer,
  names: readonly FileName[],
  signal: AbortSignal,
): Promise<void> {
  if ((await server.find(names, signal))?.type === 'directory') return;
  for (let depth = 1; depth <= names.length; depth += 1) {
    await server.makeDirectory(names.slice(0, depth), signal);
  }
}
