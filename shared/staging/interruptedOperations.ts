import type { Logger } from 'pino';
import { StagingError } from '../errors/stagingError.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { fileName } from '../storage/fileName.ts';
import { parseTargetPath, usernameSchema } from '../storage/paths.ts';
import { partName } from '../storage/publish.ts';
import { openTargetDirectory } from '../storage/userArea.ts';
import type { UserAreas } from './userAreaPlace.ts';

/** How often workers are looked for that have died, in ms. */
const sweepMs = 30_000;

interface SweepServices {
  readonly operations: OperationRepository;
  readonly userAreas: UserAreas;
  readonly logger: Logger;
}

/**
 * Closes operations whose worker has died, now and from time to time.
 * @returns what ends that
 */
export async function watchInterrupted(services: SweepServices): Promise<() => void> {
  await closeInterrupted(services);
  const sweep = () =>
    closeInterrupted(services).catch((error: unknown) =>
      services.logger.error({ err: error }, 'sweep failed'),
    );
  const timer = setInterval(() => void sweep(), sweepMs).unref();
  return () => clearInterval(timer);
}

/** Removes the part file of each interrupted operation, and no other file, and then closes it as ERROR. */
async function closeInterrupted(services: SweepServices): Promise<void> {
  for (const operation of await services.operations.findInterrupted()) {
    await withLogContext({ operationId: operation.id }, () => closeOne(operation, services));
  }
}

async function closeOne(
  operation: Operation,
  { operations, userAreas, logger }: SweepServices,
): Promise<void> {
  try {
    await removePart(operation, userAreas);
    if (await operations.closeInterrupted(operation)) {
      logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
    }
  } catch (error) {
    // The others must be closed all the same; this one is tried again at the next sweep.
    logger.error({ err: error }, 'an interrupted operation could not be closed');
  }
}

async function removePart(operation: Operation, userAreas: UserAreas): Promise<void> {
  if (operation.method !== 'local_copy' && operation.method !== 'symlink_copy') return;
  const username = usernameSchema.safeParse(operation.username);
  if (!username.success || operation.relativePath === null) return;
  const names = [fileName(username.data), ...parseTargetPath(operation.relativePath).names];
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

/** Where the path cannot be walked now (a link is in the way), no part file of ours can be reached. */
function ignoreRefusal(error: unknown): undefined {
  if (error instanceof StagingError && ['TARGET_IS_LINK', 'TARGET_IN_FILE'].includes(error.code))
    return undefined;
  throw error;
}
