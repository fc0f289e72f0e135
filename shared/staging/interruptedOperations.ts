import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type StagingMethodName, stagingMethodNames } from '../config/methods.ts';
import { StagingError } from '../errors/stagingError.ts';
import { withLogContext } from '../logging/logContext.ts';
import { maxInterrupted } from '../operations/interrupted.ts';
import type { Operation } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { parseTargetPath, type StoragePath, type Username, usernameSchema } from '../storage/paths.ts';

/** How often workers are looked for that have died, in ms. */
const sweepMs = 30_000;

/** Methods that leave nothing behind: whoever finds their interrupted operations closes them. */
const methodsWithoutTraces: readonly string[] = ['direct_download'];

/** What closers may need. */
export interface CloserServices {
  readonly config: Pick<Config, 'jupyterHub'>;
  readonly logger: Logger;
}

/** Closes interrupted operations of some methods, which leave something behind. */
export interface InterruptedCloser {
  readonly methods: readonly StagingMethodName[];
  /** Calls `close`, which records the end and is false when somebody else did that, and removes what is left. */
  closeAndRemove(operation: Operation, close: () => Promise<boolean>): Promise<void>;
  /** Ends what goes on in the background. */
  stop(): Promise<void>;
}

interface SweepServices {
  readonly operations: OperationRepository;
  readonly logger: Logger;
  readonly closers: readonly InterruptedCloser[];
}

/**
 * Closes operations whose worker has died, now and from time to time. Those of a method that leaves something behind
 * and has no closer here are left to a process that has one.
 * @returns what ends that
 */
export async function watchInterrupted(services: SweepServices): Promise<() => Promise<void>> {
  const sweep = async () => {
    try {
      while (await closeInterrupted(services));
    } catch (error) {
      services.logger.error({ err: error }, 'sweep failed');
    }
  };
  // What is left of thousands must not hold up the start.
  if (await closeInterrupted(services)) void sweep();
  const timer = setInterval(() => void sweep(), sweepMs).unref();
  return async () => {
    clearInterval(timer);
    await Promise.all(services.closers.map((closer) => closer.stop()));
  };
}

/** Closes some of them. True when there may be more that can be closed here. */
async function closeInterrupted(services: SweepServices): Promise<boolean> {
  const found = await services.operations.findInterrupted();
  let closed = 0;
  for (const operation of found) {
    const isClosed = await withLogContext({ operationId: operation.id }, () => closeOne(operation, services));
    if (isClosed) closed += 1;
  }
  return closed > 0 && found.length === maxInterrupted;
}

async function closeOne(
  operation: Operation,
  { operations, logger, closers }: SweepServices,
): Promise<boolean> {
  let isClosed = false;
  const close = async () => {
    isClosed = await operations.closeInterrupted(operation);
    if (isClosed) logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
    return isClosed;
  };
  const closer = closers.find(({ methods }) => methods.some((method) => method === operation.method));
  try {
    if (leavesNothing(operation)) await close();
    else await closer?.closeAndRemove(operation, close);
  } catch (error) {
    // The others must be closed all the same; this one is tried again at the next sweep.
    logger.error({ err: error }, 'an interrupted operation could not be closed');
  }
  return isClosed;
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
