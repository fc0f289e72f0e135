import type { Logger } from 'pino';
import { pause } from '../../shared/async/abortSignals.ts';
import type { Config } from '../../shared/config/config.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { checkServable, visiblePartName } from '../../shared/jupyter/contentsPath.ts';
import { createHub } from '../../shared/jupyter/hub.ts';
import { openNotebookFolder } from '../../shared/jupyter/notebookFolder.ts';
import { createNotebookServer, type NotebookServer } from '../../shared/jupyter/notebookServer.ts';
import { createServerAccess, ownAccess, type ServerAccess } from '../../shared/jupyter/serverAccess.ts';
import { uploadFile } from '../../shared/jupyter/uploadFile.ts';
import { uploadTree } from '../../shared/jupyter/uploadTree.ts';
import { displayName, type FileName, textOf } from '../../shared/model/fileName.ts';
import type {
  StagingMethod,
  StagingRequest,
  StagingTarget,
  TransferContext,
} from '../../shared/staging/stagingMethod.ts';
import { partIdOf } from '../../shared/storage/copy/partNames.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';
import type { Source } from '../../shared/storage/source.ts';
import { fromThread, type StorageThreads } from '../../shared/storage/threads/threadPool.ts';

/** The services needed by `jupyter_copy`. */
export interface JupyterCopyServices extends Storages {
  readonly config: Pick<Config, 'jupyterHub'>;
  readonly threads: StorageThreads;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Raw bytes in one request. Larger ones are not faster, and use more memory. */
const chunkBytes = 2 * 1024 * 1024;

/**
 * `jupyter_copy`: a copy of a file or directory in the user's notebook server, which is started if it is down. The data
 * is sent through the contents API; a Python kernel in the server verifies it, makes it read-only and publishes it.
 */
export function createJupyterCopy(services: JupyterCopyServices): StagingMethod {
  return {
    name: 'jupyter_copy',
    openSource: (path, signal) => openSource(path, services, signal),
    async openTarget(request, signal) {
      checkServable(request.target);
      const ready = await findReadyServer(services.config.jupyterHub, request, signal);
      return openJupyterTarget(request, ready, { ...services, signal });
    },
  };
}

function openJupyterTarget(
  request: StagingRequest,
  { access, url, server, kernelName }: ReadyServer,
  { threads, logger, signal }: JupyterCopyServices & { readonly signal: AbortSignal },
): StagingTarget {
  const { names } = request.target;
  const folderNames = names.slice(0, -1);
  const name = nameOf(request);
  const partId = partIdOf(request.operationId, request.attempt ?? 1);
  const part = visiblePartName(name, partId);
  const location = `${url.pathname}lab/tree/${textOf(names.join('/'))}`;
  const folder = openNotebookFolder({ server, kernelName, names: folderNames, partId, signal });
  let isPartThere = false;

  const begin = async (kind: 'file' | 'directory', sizeBytes: number) => {
    await makeFolders(server, folderNames, signal);
    isPartThere = true;
    await folder.begin([part], kind, sizeBytes);
    if (await server.find([...folderNames, part], signal)) return;
    throw new StagingError('JUPYTER_REFUSED', {
      action: 'make the data read-only',
      reason: 'its Python kernel does not see the files that the server shows',
    });
  };
  const upload = async (source: Source, { progress, digests, signal }: TransferContext) => {
    // The free space is checked when the part is created; it cannot be reserved.
    const { bytes, files } = await source.measure({ threads, signal });
    progress.bytesTotal = bytes;
    progress.filesTotal = files;
    await begin(source.kind === 'tree' ? 'directory' : 'file', bytes);
    const means = { server, folder, folderNames, progress, signal, chunkBytes };
    if (source.kind === 'tree') {
      await uploadTree(means, { steps: source.steps(signal), partId, part });
      return { digests: {} };
    }
    const uploaded = await uploadFile(means, source, [part], digests);
    await folder.verify([uploaded.sent]);
    progress.addFiles(1);
    return { digests: uploaded.digests };
  };
  const orWarn = async (ending: PromiseLike<void>, warning: string) => {
    try {
      await ending;
    } catch (err) {
      logger.warn({ err, path: location, part: displayName(part) }, warning);
    }
  };

  return {
    location,
    async isPresent(source) {
      const entry = await server.find(names, signal);
      if (!entry || (entry.type === 'directory') === (source.kind === 'tree')) return entry !== undefined;
      const reason = `it is ${source.kind === 'file' ? 'a folder, where a file' : 'a file, where a folder'} was requested`;
      throw new StagingError('TARGET_DIFFERS', { target: location, reason });
    },
    isSourceItself: async () => false,
    // The contents API does not report inodes.
    identify: async () => String((await server.find(names, signal))?.size),
    async computeDigests(algorithms) {
      const entry = await server.find(names, signal);
      const digests = await folder.digest(name, algorithms, entry?.size ?? 0);
      if (digests) return digests;
      throw new StagingError('DIGEST_OF_DIRECTORY', { path: location });
    },
    async transfer(source, context) {
      const uploaded = await upload(source, context).catch((error: unknown) => {
        throw fromThread(error, request.source.given);
      });
      return {
        ...uploaded,
        makeReadOnly: () => folder.protect(part),
        async publish() {
          const outcome = await folder.publish(part, name);
          isPartThere = outcome !== 'staged';
          return { outcome, ...(source.kind === 'file' && { identity: String(source.sizeBytes) }) };
        },
      };
    },
    async [Symbol.asyncDispose]() {
      if (isPartThere) await orWarn(folder.remove(part), 'A part may be left in a notebook server.');
      await orWarn(folder[Symbol.asyncDispose](), 'A kernel may be left running in a notebook server.');
      await orWarn(access[Symbol.asyncDispose](), 'A token for a notebook server is valid until it expires.');
    },
  };
}

function nameOf({ target }: StagingRequest): FileName {
  const name = target.names.at(-1);
  if (name === undefined) throw new Error('A target path has a name');
  return name;
}

/** A user's server that answers, the operation's access to it, and its Python kernel. */
interface ReadyServer {
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
async function findReadyServer(
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
async function makeFolders(
  server: NotebookServer,
  names: readonly FileName[],
  signal: AbortSignal,
): Promise<void> {
  if ((await server.find(names, signal))?.type === 'directory') return;
  for (let depth = 1; depth <= names.length; depth += 1) {
    await server.makeDirectory(names.slice(0, depth), signal);
  }
}
