import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type StagingMethodName, stagingMethodNames } from '../config/methods.ts';
import { StagingError } from '../errors/stagingError.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { isQueueWorker } from '../operations/worker.ts';
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
  /** Removes what attempts before the present one have left. */
  removeEarlier(operation: Operation): Promise<void>;
  /** Ends what goes on in the background. */
  stop(): Promise<void>;
}

interface SweepServices {
  readonly operations: OperationRepository;
  readonly logger: Logger;
  readonly closers: readonly InterruptedCloser[];
  /** What becomes of operations that workers have taken from the queue; undefined where there is no queue. */
  readonly queued?: QueuedSweep | undefined;
}

/** Looks after the operations of a queue. */
export interface QueuedSweep {
  /** How often it looks, in ms. */
  readonly everyMs: number;
  /** Takes care of an operation that its worker had from the queue; the worker has died. */
  takeUp(operation: Operation): Promise<void>;
}

/**
 * Closes operations whose worker has died, now and from time to time. Those of a method that leaves something behind
 * and has no closer here are left to a process that has one, and those of the queue's workers to one that has the queue.
 * @returns what ends that
 */
export async function watchInterrupted(services: SweepServices): Promise<() => Promise<void>> {
  await closeInterrupted(services);
  const sweep = () =>
    closeInterrupted(services).catch((error: unknown) =>
      services.logger.error({ err: error }, 'sweep failed'),
    );
  const timer = setInterval(() => void sweep(), services.queued?.everyMs ?? sweepMs).unref();
  return async () => {
    clearInterval(timer);
    await Promise.all(services.closers.map((closer) => closer.stop()));
  };
}

async function closeInterrupted(services: SweepServices): Promise<void> {
  for (const operation of await services.operations.findInterrupted()) {
    await withLogContext({ operationId: operation.id }, () => closeOne(operation, services));
  }
}

async function closeOne(operation: Operation, services: SweepServices): Promise<void> {
  const { operations, logger, queued } = services;
  try {
    if (isQueueWorker(operation.worker ?? '')) await queued?.takeUp(operation);
    else {
      await closeWith(services.closers, operation, async () => {
        const isClosed = await operations.closeInterrupted(operation);
        if (isClosed) logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
        return isClosed;
      });
    }
  } catch (error) {
    // The others must be closed all the same; this one is tried again at the next sweep.
    logger.error({ err: error }, 'an interrupted operation could not be closed');
  }
}

/** Closes an operation, and removes what it has left; not where that cannot be done here. */
export async function closeWith(
  closers: readonly InterruptedCloser[],
  operation: Operation,
  close: () => Promise<boolean>,
): Promise<void> {
  const closer = closerOf(closers, operation);
  if (closer) await closer.closeAndRemove(operation, close);
  else if (leavesNothing(operation)) await close();
}

/** Who removes what an operation has left; undefined where nobody here can. */
export function closerOf(
  closers: readonly InterruptedCloser[],
  { method }: Operation,
): InterruptedCloser | undefined {
  return closers.find(({ methods }) => methods.some((name) => name === method));
}

/** Neither does one that named no method of ours: nothing was begun for it. */
function leavesNothing({ method }: Operation): boolean {
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
