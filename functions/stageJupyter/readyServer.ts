import { pause } from '../../shared/async/abortSignals.ts';
import type { Config } from '../../shared/config/config.ts';
import type { Secret } from '../../shared/config/secret.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { createHub } from '../../shared/jupyter/hub.ts';
import { createNotebookServer, type NotebookServer } from '../../shared/jupyter/notebookServer.ts';
import type { FileName } from '../../shared/model/fileName.ts';
import type { StagingRequest } from '../../shared/staging/stagingMethod.ts';

/** A user's server that answers, and its Python kernel. */
export interface ReadyServer {
  readonly url: URL;
  readonly server: NotebookServer;
  readonly kernelName: string;
}

/** Half a minute in total. */
const maxServerPolls = 6;

/**
 * Finds the user's server and checks that it answers: the hub may not know yet that it has stopped, or is stopping.
 * @throws JUPYTER_USER_UNKNOWN, JUPYTER_FORBIDDEN, JUPYTER_UNREACHABLE, JUPYTER_START_FAILED, JUPYTER_REFUSED
 */
export async function findReadyServer(
  config: Config['jupyterHub'],
  { username }: StagingRequest,
  token: Secret,
  signal: AbortSignal,
): Promise<ReadyServer> {
  const hub = createHub({ ...config, token });
  for (let attempt = 0; attempt < maxServerPolls; attempt += 1) {
    if (attempt > 0) await pause(250 * 2 ** attempt, signal);
    const url = await hub.findServer(username, signal, attempt > 0);
    const server = createNotebookServer({ url, token });
    const kernelName = await server.findPythonKernel(username, signal);
    if (kernelName !== undefined) return { url, server, kernelName };
  }
  const reason = 'JupyterHub takes it to be running, and it does not answer';
  throw new StagingError('JUPYTER_START_FAILED', { username, reason });
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
