import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { StagingError } from '../errors/stagingError.ts';
import { fileName } from '../model/fileName.ts';
import { type StagingMethodName, stagingMethodNames } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import { parseTargetPath, type StoragePath, type Username, usernameSchema } from '../model/paths.ts';
import type { UserAreas } from './target/targetBase.ts';

/** The services needed to remove leftovers. */
export interface CloserServices {
  readonly config: Pick<Config, 'jupyterHub'>;
  readonly logger: Logger;
}

/** Closes interrupted operations of methods that leave leftovers. */
export interface LeftoverRemover {
  readonly methods: readonly StagingMethodName[];
  /** Calls `close`, which records the end (false: another process has done so), and removes the leftovers. */
  closeAndRemove(operation: Operation, close: () => Promise<boolean>): Promise<void>;
  /** Removes the leftovers of earlier attempts, if the attempts do not do that themselves. */
  removeEarlier?(operation: Operation): Promise<void>;
  /** Resolves when no removal runs in the background. */
  whenIdle(): Promise<void>;
  /** Stops removals in the background. */
  stop(): Promise<void>;
}

/** Methods without leftovers: any process closes their interrupted operations. */
const methodsWithoutTraces: readonly string[] = ['direct_download'];

/** Closes an operation, and removes its leftovers; does nothing if they cannot be removed here. */
export async function closeWith(
  closers: readonly LeftoverRemover[],
  operation: Operation,
  close: () => Promise<boolean>,
): Promise<void> {
  if (leavesNothing(operation)) await close();
  else await closerOf(closers, operation)?.closeAndRemove(operation, close);
}

/** The function that removes the leftovers of an operation; undefined if this process cannot. */
export function closerOf(
  closers: readonly LeftoverRemover[],
  { method }: Operation,
): LeftoverRemover | undefined {
  return closers.find(({ methods }) => methods.some((name) => name === method));
}

/** An unknown method, or an operation that was still queued, has no leftovers either: nothing was started for it. */
function leavesNothing({ method, attempts }: Operation): boolean {
  if (attempts === 0) return true;
  const isOurs = stagingMethodNames.some((name) => name === method);
  return !isOurs || methodsWithoutTraces.some((name) => name === method);
}

/** The user and target of an interrupted operation; undefined if its request was invalid. */
export function targetOf({
  username,
  relativePath,
}: Operation): { readonly username: Username; readonly target: StoragePath } | undefined {
  const parsed = usernameSchema.safeParse(username);
  if (!parsed.success || relativePath === null) return undefined;
  try {
    return { username: parsed.data, target: parseTargetPath(relativePath) };
  } catch (error) {
    // Recorded as it was sent, and invalid: nothing was created for it.
    if (error instanceof StagingError) return undefined;
    throw error;
  }
}

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
