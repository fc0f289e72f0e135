import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { StagingError } from '../errors/stagingError.ts';
import { type StagingMethodName, stagingMethodNames } from '../model/methods.ts';
import type { Operation } from '../model/operation.ts';
import { parseTargetPath, type StoragePath, type Username, usernameSchema } from '../model/paths.ts';

/** What closers may need. */
export interface CloserServices {
  readonly config: Pick<Config, 'jupyterHub'>;
  readonly logger: Logger;
}

/** Closes interrupted operations of some methods, which leave something behind. */
export interface LeftoverRemover {
  readonly methods: readonly StagingMethodName[];
  /** Calls `close`, which records the end and is false when somebody else did that, and removes what is left. */
  closeAndRemove(operation: Operation, close: () => Promise<boolean>): Promise<void>;
  /** Removes what attempts before the present one have left, if these do not do that themselves. */
  removeEarlier?(operation: Operation): Promise<void>;
  /** Resolves when nothing goes on in the background. */
  whenIdle(): Promise<void>;
  /** Ends what goes on in the background. */
  stop(): Promise<void>;
}

/** Methods that leave nothing behind: whoever finds their interrupted operations closes them. */
const methodsWithoutTraces: readonly string[] = ['direct_download'];

/** Closes an operation, and removes what it has left; not where that cannot be done here. */
export async function closeWith(
  closers: readonly LeftoverRemover[],
  operation: Operation,
  close: () => Promise<boolean>,
): Promise<void> {
  if (leavesNothing(operation)) await close();
  else await closerOf(closers, operation)?.closeAndRemove(operation, close);
}

/** Who removes what an operation has left; undefined where nobody here can. */
export function closerOf(
  closers: readonly LeftoverRemover[],
  { method }: Operation,
): LeftoverRemover | undefined {
  return closers.find(({ methods }) => methods.some((name) => name === method));
}

/** Neither does one that named no method of ours, or that waited for its turn: nothing was begun for it. */
function leavesNothing({ method, attempts }: Operation): boolean {
  if (attempts === 0) return true;
  const isOurs = stagingMethodNames.some((name) => name === method);
  return !isOurs || methodsWithoutTraces.some((name) => name === method);
}

/** Whose an interrupted operation was and where its data was to be; undefined when it never came so far. */
export function targetOf({
  username,
  relativePath,
}: Operation): { readonly username: Username; readonly target: StoragePath } | undefined {
  const parsed = usernameSchema.safeParse(username);
  if (!parsed.success || relativePath === null) return undefined;
  try {
    return { username: parsed.data, target: parseTargetPath(relativePath) };
  } catch (error) {
    // Recorded as it came, and not in order: nothing is made for such a one.
    if (error instanceof StagingError) return undefined;
    throw error;
  }
}
