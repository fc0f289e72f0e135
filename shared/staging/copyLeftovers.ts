import { fileName } from '../model/fileName.ts';
import type { Operation } from '../model/operation.ts';
import { type LeftoverRemover, targetOf } from './leftovers.ts';
import type { UserAreas } from './target/targetBase.ts';

/** Closes interrupted copies and links in user areas, after removing their leftovers from the workspace. */
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

async function removeParts(operation: Operation, { workspaces }: UserAreas): Promise<void> {
  const place = targetOf(operation);
  if (!place) return;
  const folderNames = [fileName(place.username), ...place.target.names.slice(0, -1)];
  await workspaces.removeLeftovers(folderNames, operation.id, operation.attempts);
}
