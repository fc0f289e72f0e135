import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import { displayName, type FileName } from '../storage/fileName.ts';
import type { StoragePath, Username } from '../storage/paths.ts';
import { pause } from '../timeLimit.ts';
import { visiblePartName } from './contentsPath.ts';
import { createHub } from './hub.ts';
import { endKernels } from './kernel.ts';
import { openNotebookFolder } from './notebookFolder.ts';
import { createNotebookServer } from './notebookServer.ts';

/** A `jupyter_copy` whose worker has died. */
export interface InterruptedUpload {
  readonly operationId: string;
  readonly username: Username;
  readonly target: StoragePath;
}

interface RemovalServices {
  readonly jupyterHub: Config['jupyterHub'];
  readonly logger: Logger;
}

/** Before each attempt. After a power cut, the hub may be up later than the service. */
const pausesMs = [0, 15_000, 60_000, 600_000];

/**
 * Removes the part of an interrupted upload and ends its kernel, with the service's token, as the user's own is gone
 * with the request. A server that is down is not started for it. Never fails: the log says what became of it.
 */
export async function removeInterruptedUpload(
  upload: InterruptedUpload,
  { jupyterHub, logger }: RemovalServices,
  signal: AbortSignal,
): Promise<void> {
  const { folderNames, part } = placeOf(upload);
  const place = { username: upload.username, part: displayName([...folderNames, part].join('/')) };
  for (const pauseMs of pausesMs) {
    try {
      await pause(pauseMs, signal);
      const wasUp = await removeOnce(upload, jupyterHub, signal);
      if (wasUp) logger.info(place, 'nothing of an interrupted upload is left in the notebook server');
      else logger.warn(place, 'a part may be left in a notebook server, which is down');
      return;
    } catch (err) {
      logger.warn({ err, ...place }, 'a part may be left in a notebook server');
      if (signal.aborted || !toStagingError(err).isRetryable) return;
    }
  }
}

/** Whether the server is up, so that nothing is left now. */
async function removeOnce(
  upload: InterruptedUpload,
  { token, ...hub }: Config['jupyterHub'],
  signal: AbortSignal,
): Promise<boolean> {
  const { operationId, username } = upload;
  const { folderNames, part } = placeOf(upload);
  if (!token) throw new StagingError('JUPYTER_TOKEN_MISSING');
  const url = await createHub({ ...hub, token }).findRunningServer(username, signal);
  if (!url) return false;
  const server = createNotebookServer({ url, token });
  const kernelName = await server.findPythonKernel(username, signal);
  if (kernelName === undefined) return false;
  // First, as it may be at work on the part.
  await endKernels(server.connection, operationId, signal);
  if (!(await server.find([...folderNames, part], signal))) return true;
  await using folder = openNotebookFolder({ server, kernelName, names: folderNames, operationId, signal });
  await folder.remove(part);
  return true;
}

function placeOf({ target, operationId }: InterruptedUpload): { folderNames: FileName[]; part: FileName } {
  const folderNames = [...target.names];
  const name = folderNames.pop();
  if (name === undefined) throw new Error('A target path has a name');
  return { folderNames, part: visiblePartName(name, operationId) };
}
