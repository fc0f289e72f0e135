import pLimit, { type LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { StagingMethodName } from '../config/methods.ts';
import { logError } from '../errors/logError.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import { withLogContext } from '../logging/logContext.ts';
import type { Operation, OperationProgress } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { recordedRequest } from '../staging/recordedRequest.ts';
import type { StagingMethod, StagingRequest } from '../staging/stagingMethod.ts';
import { type ProcedureServices, stage } from '../staging/stagingProcedure.ts';
import { Progress } from '../storage/progress.ts';
import { watchAbortRequests } from './abortRequests.ts';
import { retryPassingFailures } from './attempts.ts';
import { writeProgressRegularly } from './progressWriter.ts';

/** How often operations that run or wait say that they live, in ms. */
const heartbeatMs = 10_000;

/** An operation that ended well. */
export interface Staged {
  readonly operation: Operation;
  /** Where the data is. */
  readonly location: string;
}

/** What runs operations. */
export interface Executor {
  /**
   * Runs a recorded operation to its end and records that.
   * @throws StagingError what the operation failed with; that is recorded then
   */
  run(method: StagingMethod, request: StagingRequest): Promise<Staged>;
  /** Takes recorded operations that are QUEUED, to run each in its turn. How they end is told by their records alone. */
  submit(operations: readonly Operation[]): void;
  /** Stops an operation that runs or waits here: it is recorded as aborted. Resolves when it has ended, if it is here. */
  abort(id: string): Promise<void>;
  /** Stops all operations that run or wait now: they are recorded as interrupted. Resolves when that is done. */
  interrupt(): Promise<void>;
  /** Resolves when all operations have ended that run or wait now. */
  whenIdle(): Promise<void>;
  /** Lets running operations end for so long, in ms, then interrupts them, and takes no more care of any. */
  shutDown(timeoutMs: number): Promise<void>;
}

interface Running {
  readonly progress: Progress;
  readonly abort: AbortController;
  readonly ended: Promise<unknown>;
}

/** Finds the method of a name among those that run without their client. @throws StagingError NOT_RETRYABLE */
export type FindMethod = (name: StagingMethodName) => Promise<StagingMethod>;

interface ExecutorServices {
  readonly config: Config;
  readonly findMethod: FindMethod;
  readonly operations: OperationRepository;
  readonly procedure: ProcedureServices;
  readonly logger: Logger;
  /** How many operations of one method run at once. */
  readonly concurrency: number;
}

/** Runs operations in this process, so many of each method at once; further ones wait their turn. */
export function createInProcessExecutor(services: ExecutorServices): Executor {
  const running = new Map<string, Running>();
  const limits = new Map<StagingMethodName, LimitFunction>();
  const heartbeat = setInterval(() => void beat(services, running), heartbeatMs).unref();

  const abort = async (id: string) => {
    const operation = running.get(id);
    operation?.abort.abort(new StagingError('ABORTED'));
    await Promise.allSettled([operation?.ended]);
  };
  const stopWatching = watchAbortRequests({
    ...services,
    isBusy: () => running.size > 0,
    abort: (id) => void abort(id),
  });

  const stopWriting = writeProgressRegularly({ ...services, progress: () => progressOfAll(running) });

  const limitOf = (name: StagingMethodName) => {
    const limit = limits.get(name) ?? pLimit(services.concurrency);
    limits.set(name, limit);
    return limit;
  };
  const whenIdle = async () => {
    await Promise.allSettled([...running.values()].map(({ ended }) => ended));
  };
  const interrupt = async () => {
    for (const { abort } of running.values()) abort.abort(new StagingError('INTERRUPTED'));
    await whenIdle();
  };
  const run = async (method: StagingMethod, request: StagingRequest) => {
    const progress = new Progress();
    const controller = new AbortController();
    const { signal } = controller;
    const work = () => execute(services, method, request, { progress, signal });
    const ended = method.isPacedByClient ? work() : inTurn(limitOf(method.name), work, signal);
    const entry = { progress, abort: controller, ended };
    running.set(request.operationId, entry);
    try {
      return await ended;
    } finally {
      // A new attempt may have begun as soon as the end was recorded.
      if (running.get(request.operationId) === entry) running.delete(request.operationId);
    }
  };
  return {
    run,
    abort,
    interrupt,
    whenIdle,
    submit(submitted) {
      for (const operation of submitted) {
        const { id: operationId } = operation;
        void withLogContext({ operationId }, async () => {
          // An earlier attempt may have been recorded as ended, and end yet.
          await Promise.allSettled([running.get(operationId)?.ended]);
          await runRecorded(services, operation, run);
        });
      }
    },
    async shutDown(timeoutMs) {
      await within(timeoutMs, whenIdle());
      await interrupt();
      clearInterval(heartbeat);
      stopWatching();
      stopWriting();
    },
  };
}

/** Does the work when its turn has come; at once when it is aborted before, for then it only has to record that. */
function inTurn<Result>(
  limit: LimitFunction,
  work: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let begun: Promise<Result> | undefined;
  const begin = () => {
    begun ??= work();
    return begun;
  };
  const turn = limit(begin);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => void begin().then(resolve, reject), { once: true });
    turn.then(resolve, reject);
  });
}

/** Nobody waits for it: what it fails with goes into its record and into the log. */
async function runRecorded(
  { config, findMethod, operations, logger }: ExecutorServices,
  operation: Operation,
  run: Executor['run'],
): Promise<void> {
  const prepare = async () => {
    const { method, request } = recordedRequest(operation, config);
    return { method: await findMethod(method), request };
  };
  try {
    const { method, request } = await prepare().catch(async (error: unknown) => {
      await recordFailure(operations, operation.id, toStagingError(error));
      throw error;
    });
    await run(method, request);
  } catch (thrown) {
    logError(logger, toStagingError(thrown));
  }
}

async function execute(
  { operations, procedure, logger }: ExecutorServices,
  method: StagingMethod,
  request: StagingRequest,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Staged> {
  const id = request.operationId;
  let attempt = 0;
  try {
    signal.throwIfAborted();
    attempt = (await operations.start(id)).attempts;
    logger.info(
      { method: method.name, username: request.username, source: request.source.given },
      'staging begins',
    );
    const confirmOwnership = async () => {
      if (!(await operations.isOwned(id))) throw new StagingError('INTERRUPTED');
    };
    const run = { progress, signal, confirmOwnership };
    const once = () => stage(method, request, run, procedure);
    // A client that has got a part of its answer cannot be given another one.
    const { completion, location } = method.isPacedByClient
      ? await once()
      : await retryPassingFailures(once, {
          isAwaited: request.isAwaited,
          signal,
          logger,
          reset: () => progress.reset(),
        });
    const operation = await operations.complete(id, { ...completion, location });
    logger.info({ outcome: completion.outcome, bytes: completion.bytesDone, location }, 'staging completed');
    return { operation, location };
  } catch (error) {
    const failure = toStagingError(error);
    const { code, definition } = failure;
    logger.info({ attempt, code, class: definition.class }, 'attempt failed');
    await recordFailure(operations, id, failure, progressOf(progress));
    throw error;
  }
}

/** Records that an operation failed, and why. A database that fails now, too, is the caller's lesser problem. */
export async function recordFailure(
  operations: OperationRepository,
  id: string,
  error: StagingError,
  progress: OperationProgress = {},
): Promise<Operation> {
  const phase = error.code === 'ABORTED' ? 'ABORTED' : 'ERROR';
  return operations.fail(id, { phase, errorCode: error.code, errorReason: error.message, ...progress });
}

async function beat(
  { operations, logger }: ExecutorServices,
  running: ReadonlyMap<string, Running>,
): Promise<void> {
  if (running.size === 0) return;
  await operations
    .heartbeat(progressOfAll(running))
    .catch((error: unknown) => logger.error({ err: error }, 'heartbeat failed'));
}

function progressOfAll(running: ReadonlyMap<string, Running>): ReadonlyMap<string, OperationProgress> {
  return new Map([...running].map(([id, { progress }]) => [id, progressOf(progress)]));
}

function progressOf({ bytesTotal, bytesDone, filesTotal, filesDone }: Progress): OperationProgress {
  return { bytesTotal, bytesDone, filesTotal, filesDone };
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
