import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type StagingMethodName, stagingMethodNames } from '../config/methods.ts';
import { StagingError } from '../errors/stagingError.ts';
import { askInTime } from '../inTime.ts';
import { withLogContext } from '../logging/logContext.ts';
import { maxInterrupted } from '../operations/interrupted.ts';
import type { Operation } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { isQueueWorker } from '../operations/worker.ts';
import { parseTargetPath, type StoragePath, type Username, usernameSchema } from '../storage/paths.ts';

/** How often workers are looked for that have died, in ms. */
const sweepMs = 30_000;

/** How long who asks for a sweep waits for what is removed in the background, in ms: notebook servers may be slow. */
const removalMs = 30_000;

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
  /** Removes what attempts before the present one have left, if these do not do that themselves. */
  removeEarlier?(operation: Operation): Promise<void>;
  /** Resolves when nothing goes on in the background. */
  whenIdle(): Promise<void>;
  /** Ends what goes on in the background. */
  stop(): Promise<void>;
}

/** Looks after operations whose worker has died. */
export interface InterruptedWatch {
  /**
   * Closes those that can be closed here, now: for processes that do not live on between requests. Never rejects.
   * Resolves when what they have left is removed, too, or half a minute later.
   */
  closeNow(): Promise<void>;
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
 */
export async function watchInterrupted(services: SweepServices): Promise<InterruptedWatch> {
  const { closers, logger, queued } = services;
  const sweep = async () => {
    try {
      while (await closeInterrupted(services));
    } catch (error) {
      logger.error({ err: error }, 'sweep failed');
    }
  };
  const waitForRemovals = askInTime(removalMs, () => Promise.all(closers.map((closer) => closer.whenIdle())));
  // What is left of thousands must not hold up the start.
  if (await closeInterrupted(services)) void sweep();
  const timer = setInterval(() => void sweep(), queued?.everyMs ?? sweepMs).unref();
  return {
    async closeNow() {
      await sweep();
      await waitForRemovals();
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(closers.map((closer) => closer.stop()));
    },
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

async function closeOne(operation: Operation, services: SweepServices): Promise<boolean> {
  const { operations, logger, queued } = services;
  let isClosed = false;
  const close = async () => {
    isClosed = await operations.closeInterrupted(operation);
    if (isClosed) logger.warn({ worker: operation.worker }, 'closed an operation whose worker died');
    return isClosed;
  };
  try {
    if (!isQueueWorker(operation.worker ?? '')) await closeWith(services.closers, operation, close);
    else if (queued) {
      await queued.takeUp(operation);
      return true;
    }
  } catch (error) {
    // The others must be closed all the same; this one is tried again at the next sweep.
    logger.error({ err: error }, 'an interrupted operation could not be closed');
  }
  return isClosed;
}

/** Closes an operation, and removes what it has left; not where that cannot be done here. */
export async function closeWith(
  closers: readonly InterruptedCloser[],
  operation: Operation,
  close: () => Promise<boolean>,
): Promise<void> {
  if (leavesNothing(operation)) await close();
  else await closerOf(closers, operation)?.closeAndRemove(operation, close);
}

/** Who removes what an operation has left; undefined where nobody here can. */
export function closerOf(
  closers: readonly InterruptedCloser[],
  { method }: Operation,
): InterruptedCloser | undefined {
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
