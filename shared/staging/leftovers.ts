import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { StagingError } from '../errors/stagingError.ts';
import { type StagingMethodName, stagingMethodNames } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import { parseTargetPath, type StoragePath, type Username, usernameSchema } from '../model/paths.ts';

/** The services that removing leftovers may need. */
export interface CloserServices {
  readonly config: Pick<Config, 'jupyterHub'>;
  readonly logger: Logger;
}

/** Closes interrupted operations of some methods, which leave something behind. */
export interface LeftoverRemover {
  readonly methods: readonly StagingMethodName[];
  /** Calls `close`, which records the end and is false if another process did that, and removes the leftovers. */
  closeAndRemove(operation: Operation, close: () => Promise<boolean>): Promise<void>;
  /** Removes the leftovers of attempts before the present one, if these do not do that themselves. */
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

/** What removes the leftovers of an operation; undefined if this process cannot. */
export function closerOf(
  closers: readonly LeftoverRemover[],
  { method }: Operation,
): LeftoverRemover | undefined {
  return closers.find(({ methods }) => methods.some((name) => name === method));
}

/**
 * Nor are there leftovers of an unknown method, or of an operation that was still queued: nothing was started for it.
 */
function leavesNothing({ method, attempts }: Operation): boolean {
  if (attempts === 0) return true;
  const isOurs = stagingMethodNames.some((name) => name === method);
  return !isOurs || methodsWithoutTraces.some((name) => name === method);
}

/** The user and target of an interrupted operation; undefined if it never had them. */
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
