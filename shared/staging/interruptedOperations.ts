import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { InterruptedUpload } from '../jupyter/interruptedUpload.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { fileName } from '../storage/fileName.ts';
import { parseTargetPath, type StoragePath, usernameSchema } from '../storage/paths.ts';
import { partName } from '../storage/publish.ts';
import { openTargetDirectory } from '../storage/userArea.ts';
import type { UserAreas } from './userAreaPlace.ts';

/** How often workers are looked for that have died, in ms. */
const sweepMs = 30_000;

interface SweepServices {
  readonly operations: OperationRepository;
  readonly userAreas: UserAreas;
  readonly jupyterHub: Config['jupyterHub'];
  readonly logger: Logger;
}

/** Takes over what an interrupted upload left in a notebook server; nobody waits for that. */
type LeaveUpload = (upload: InterruptedUpload) => void;

/**
 * Closes operations whose worker has died, now and from time to time.
 * @returns what ends that
 */
export async function watchInterrupted(services: SweepServices): Promise<() => Promise<void>> {
  const removals = createRemovals(services);
  await closeInterrupted(services, removals.begin);
  const sweep = () =>
    closeInterrupted(services, removals.begin).catch((error: unknown) =>
      services.logger.error({ err: error }, 'sweep failed'),
    );
  const timer = setInterval(() => void sweep(), sweepMs).unref();
  return () => {
    clearInterval(timer);
    return removals.stop();
  };
}

/** The removals in notebook servers, which may be slow to answer or not answer at all. */
function createRemovals(services: SweepServices): { begin: LeaveUpload; stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const remove = async (upload: InterruptedUpload) => {
    // Loaded when it is needed, as a service without JupyterHub never does.
    const { removeInterruptedUpload } = await import('../jupyter/interruptedUpload.ts');
    await removeInterruptedUpload(upload, services, stopping.signal);
  };
  return {
    begin(upload) {
      const removal = remove(upload).finally(() => running.delete(removal));
      running.add(removal);
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Removes the part file of each interrupted operation, and no other file, and then closes it as ERROR. */
async function closeInterrupted(services: SweepServices, leaveUpload: LeaveUpload): Promise<void> {
  for (const operation of await services.operations.findInterrupted()) {
    await withLogContext({ operationId: operation.id }, () => closeOne(operation, services, leaveUpload));
  }
}

async function closeOne(
  operation: Operation,
  { operations, userAreas, logger }: SweepServices,
  leaveUpload: LeaveUpload,
): Promise<void> {
  try {
    await removePart(operation, userAreas);
    if (!(await operations.closeInterrupted(operation))) return;
    logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
    const upload = uploadOf(operation);
    if (upload) leaveUpload(upload);
  } catch (error) {
    // The others must be closed all the same; this one is tried again at the next sweep.
    logger.error({ err: error }, 'an interrupted operation could not be closed');
  }
}

async function removePart(operation: Operation, userAreas: UserAreas): Promise<void> {
  if (operation.method !== 'local_copy' && operation.method !== 'symlink_copy') return;
  const username = usernameSchema.safeParse(operation.username);
  const target = targetOf(operation);
  if (!username.success || !target) return;
  const names = [fileName(username.data), ...target.names];
  const name = names.pop();
  const directory = await openTargetDirectory(userAreas.targetStoragePath, names, 'ignore').catch(
    ignoreRefusal,
  );
  if (!directory || name === undefined) return;
  try {
    const task = { directoryFd: directory.handle.fd, name: partName(name, operation.id) };
    await userAreas.threads.run('removeEntry', task);
  } finally {
    await directory.handle.close();
  }
}

/** What may be left of it in a notebook server; nothing is where it had not begun. */
function uploadOf(operation: Operation): InterruptedUpload | undefined {
  if (operation.method !== 'jupyter_copy' || operation.startedAt === null) return undefined;
  const username = usernameSchema.safeParse(operation.username);
  const target = targetOf(operation);
  if (!username.success || !target) return undefined;
  return { operationId: operation.id, username: username.data, target };
}

/** Undefined for a path that was recorded and was not in order: nothing is made for such a one. */
function targetOf({ relativePath }: Operation): StoragePath | undefined {
  if (relativePath === null) return undefined;
  try {
    return parseTargetPath(relativePath);
  } catch (error) {
    if (error instanceof StagingError) return undefined;
    throw error;
  }
}

/** Where the path cannot be walked now (a link is in the way), no part file of ours can be reached. */
function ignoreRefusal(error: unknown): undefined {
  if (error instanceof StagingError && ['TARGET_IS_LINK', 'TARGET_IN_FILE'].includes(error.code))
    return undefined;
  throw error;
}
