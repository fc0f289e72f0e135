import { StagingError } from '../errors/stagingError.ts';
import { fileName } from '../model/fileName.ts';
import type { Operation } from '../model/operation.ts';
import { partNames } from '../storage/copy/partNames.ts';
import { openTargetDirectory } from '../storage/userArea/openTarget.ts';
import { type LeftoverRemover, targetOf } from './leftovers.ts';
import type { UserAreas } from './userAreaTarget.ts';

/** Closes interrupted copies and links in user areas, once their part file is removed, and no other file. */
export function createCopyLeftoverRemover(userAreas: UserAreas): LeftoverRemover {
  return {
    methods: ['local_copy', 'symlink_copy'],
    async closeAndRemove(operation, close) {
      await removeParts(operation, userAreas);
      await close();
    },
    whenIdle: async () => undefined,
    stop: async () => undefined,
  };
}

async function removeParts(operation: Operation, userAreas: UserAreas): Promise<void> {
  const place = targetOf(operation);
  if (!place) return;
  const names = [fileName(place.username), ...place.target.names];
  const name = names.pop();
  const directory = await openTargetDirectory(userAreas.targetStoragePath, names, 'ignore').catch(
    ignoreRefusal,
  );
  if (!directory || name === undefined) return;
  try {
    for (const { part, log } of partNames(name, operation.id, operation.attempts)) {
      await userAreas.threads.run('removeEntry', { directoryFd: directory.handle.fd, name: log });
      await userAreas.threads.run('removeEntry', { directoryFd: directory.handle.fd, name: part });
    }
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
