import { retry } from '../async/retry.ts';
import type { Config } from '../config/config.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import { displayName, type FileName } from '../model/fileName.ts';
import type { StoragePath, Username } from '../model/paths.ts';
import type { CloserServices } from '../staging/leftovers.ts';
import { visiblePartName } from './contentsPath.ts';
import { createHub } from './hub.ts';
import { endKernels } from './kernel.ts';
import { openNotebookFolder } from './notebookFolder.ts';
import { createNotebookServer } from './notebookServer.ts';
import { createServerAccess } from './serverAccess.ts';

/** A `jupyter_copy` whose worker has died. */
export interface InterruptedUpload {
  readonly operationId: string;
  /** The id by which the parts of its attempts are named. */
  readonly partIds: readonly string[];
  readonly username: Username;
  readonly target: StoragePath;
}

/** Before each retry. After a power failure, the hub may be available later than the service. */
const pausesMs = [15_000, 60_000, 600_000];

/**
 * Removes the parts of an interrupted upload and shuts down its kernels, with a token that the service makes, because
 * the user's own was not stored. A stopped server is not started for it. Never rejects: the result is logged.
 */
export async function removeInterruptedUpload(
  upload: InterruptedUpload,
  { config, logger }: CloserServices,
  signal: AbortSignal,
): Promise<void> {
  const { folderNames, name } = placeOf(upload);
  const pathOf = (partId: string) => displayName([...folderNames, visiblePartName(name, partId)].join('/'));
  const place = { username: upload.username, parts: upload.partIds.map(pathOf) };
  const remove = async () => {
    const wasUp = await removeOnce(upload, config.jupyterHub, signal);
    if (wasUp) logger.info(place, 'no leftovers of an interrupted upload on the notebook server');
    else logger.warn(place, 'an incomplete upload may be left on a notebook server, which is down');
  };
  const pauseAfter = (err: unknown, attempt: number) => {
    logger.warn({ err, ...place }, 'an incomplete upload may be left on a notebook server');
    return toStagingError(err).isRetryable ? pausesMs[attempt - 1] : undefined;
  };
  await retry(remove, pauseAfter, signal).catch(() => undefined);
}

/** Whether the server is up, and therefore nothing is left now. */
async function removeOnce(
  upload: InterruptedUpload,
  { token, ...config }: Config['jupyterHub'],
  signal: AbortSignal,
): Promise<boolean> {
  const { operationId, partIds, username } = upload;
  const { folderNames, name } = placeOf(upload);
  if (!token) throw new StagingError('JUPYTER_TOKEN_MISSING');
  const hub = createHub({ ...config, token });
  const url = await hub.findRunningServer(username, signal);
  if (!url) return false;
  await using access = createServerAccess(hub, { username, operationId });
  const server = createNotebookServer({ url, ...access });
  const kernelName = await server.findPythonKernel(username, signal);
  if (kernelName === undefined) return false;
  for (const partId of partIds) {
    // First, because it may be writing the part.
    await endKernels(server.connection, partId, signal);
    const part = visiblePartName(name, partId);
    if (!(await server.find([...folderNames, part], signal))) continue;
    await using folder = openNotebookFolder({ server, kernelName, names: folderNames, partId, signal });
    await folder.remove(part);
  }
  return true;
}

function placeOf({ target }: InterruptedUpload): { folderNames: FileName[]; name: FileName } {
  const folderNames = [...target.names];
  const name = folderNames.pop();
  if (name === undefined) throw new Error('A target path has a name');
  return { folderNames, name };
}
