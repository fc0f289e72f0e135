import { AsyncResource } from 'node:async_hooks';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { StagingMethodName } from '../config/methods.ts';
import { logError } from '../errors/logError.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import { inLogContext, setRequestId } from '../logging/logContext.ts';
import { type Failure, hasEnded, type Operation, type OperationProgress } from '../operations/operation.ts';
import type { OperationRepository } from '../operations/repository.ts';
import { recordedRequest } from '../staging/recordedRequest.ts';
import { type DatasetServices, stageRequest } from '../staging/stageDataset.ts';
import type { StagingMethod, StagingRequest } from '../staging/stagingMethod.ts';
import { Progress } from '../storage/progress.ts';
import { watchAbortRequests } from './abortRequests.ts';
import { retryPassingFailures } from './attempts.ts';
import { whenDatabaseAnswers } from './databaseOutage.ts';
import { createIdleness } from './idleness.ts';
import { createMethodQueues, type QueueState } from './methodQueues.ts';
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
  /** Drops operations that were submitted and wait, as their records say already that they have ended. */
  forget(ids: readonly string[]): void;
  /** Stops all operations that run or wait now: they are recorded as interrupted. Resolves when that is done. */
  interrupt(): Promise<void>;
  /** Resolves when nothing runs or waits here. */
  whenIdle(): Promise<void>;
  /** What waits for its turn here, by method. */
  queues(): readonly QueueState[];
  /** Lets running operations end for so long, in ms, then interrupts them, and takes no more care of any. */
  shutDown(timeoutMs: number): Promise<void>;
}

/** What an operation that runs is told by, and told. */
interface Turn {
  readonly progress: Progress;
  readonly abort: AbortController;
}

interface Running extends Turn {
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/** Somebody who waits for the end of an operation that waits for its turn. */
interface Caller {
  /** What the operation is to do when its turn comes. Never rejects. */
  work(turn: Turn): Promise<void>;
  refuse(error: StagingError): void;
}

/** Finds the method of a name among those that run without their client. @throws StagingError NOT_RETRYABLE */
export type FindMethod = (name: StagingMethodName) => Promise<StagingMethod>;

interface ExecutorServices {
  readonly config: Config;
  readonly findMethod: FindMethod;
  readonly operations: OperationRepository;
  readonly procedure: DatasetServices;
  readonly logger: Logger;
  /** How many operations of one method run at once. */
  readonly concurrency: number;
}

/**
 * Runs operations in this process, so many of each method at once. Further ones wait, fairly between users. Of one that
 * was submitted and waits, there is no more than its id in a queue: what it is to do is read when its turn comes.
 */
export function createInProcessExecutor(services: ExecutorServices): Executor {
  const { operations, logger } = services;
  const running = new Map<string, Running>();
  const callers = new Map<string, Caller>();
  const bytesMoved = (id: string) => running.get(id)?.progress.bytesDone ?? 0;
  const queues = createMethodQueues(services.concurrency, bytesMoved);
  const refusals = new Set<Promise<void>>();
  const idleness = createIdleness(() => running.size + queues.size + refusals.size === 0);
  const stopping = new AbortController();

  const begin = (id: string, work: (turn: Turn) => Promise<void>) => {
    const turn = { progress: new Progress(), abort: new AbortController() };
    const finish = () => {
      queues.end(id);
      running.delete(id);
      beginNext();
      idleness.look();
    };
    // Only later can it have ended, as work begins with a call that takes time.
    running.set(id, { ...turn, ended: work(turn).then(finish) });
  };
  const beginNext = () => {
    for (const id of queues.take()) {
      const caller = callers.get(id);
      callers.delete(id);
      begin(id, caller?.work ?? ((turn) => runRecorded(services, id, turn)));
    }
  };
  const submitOne = (operation: Parameters<typeof queues.add>[0]) => {
    queues.add(operation);
    beginNext();
  };
  const record = async (ids: readonly string[], error: StagingError) => {
    try {
      const fail = () => operations.failSome(ids, failureOf(error));
      await whenDatabaseAnswers(fail, { logger, signal: stopping.signal });
    } catch (cause) {
      logger.error({ err: cause }, 'the end of operations that waited could not be recorded');
    }
  };
  /** Ends operations that wait still. */
  const refuse = async (ids: readonly string[], error: StagingError) => {
    if (ids.length === 0) return;
    const recording = record(ids, error);
    refusals.add(recording);
    await recording;
    refusals.delete(recording);
    logRefusals(
      services,
      ids.filter((id) => !callers.has(id)),
      error,
    );
    for (const id of ids) {
      const caller = callers.get(id);
      callers.delete(id);
      caller?.refuse(error);
    }
    idleness.look();
  };
  const abortSome = async (ids: readonly string[]) => {
    const error = new StagingError('ABORTED');
    const stopped = ids.map((id) => running.get(id)).filter((operation) => operation !== undefined);
    for (const { abort } of stopped) abort.abort(error);
    await Promise.all([refuse(queues.remove(ids), error), ...stopped.map(({ ended }) => ended)]);
  };
  const interrupt = async () => {
    const error = new StagingError('INTERRUPTED');
    const waiting = queues.removeAll();
    for (const { abort } of running.values()) abort.abort(error);
    await Promise.all([refuse(waiting, error), ...[...running.values()].map(({ ended }) => ended)]);
  };
  const heartbeat = setInterval(() => void beat(services, running), heartbeatMs).unref();
  const stopWatching = watchAbortRequests({
    ...services,
    isBusy: () => running.size > 0 || queues.size > 0,
    abort: (ids) => void abortSome(ids),
  });
  const stopWriting = writeProgressRegularly({ ...services, progress: () => progressOfAll(running) });
  return {
    run(method, request) {
      const { operationId: id, username } = request;
      return new Promise((resolve, refuse) => {
        // In the context of the caller, which the log tells, and not of the operation that makes room for it.
        const work = AsyncResource.bind((turn: Turn) =>
          execute(services, method, request, turn).then(resolve, refuse),
        );
        if (method.isPacedByClient) {
          begin(id, work);
          return;
        }
        callers.set(id, { work, refuse });
        queues.add({ id, method: method.name, user: username });
        beginNext();
      });
    },
    submit(submitted) {
      for (const { id, method, username } of submitted) {
        const queued = { id, method: method ?? '', user: username ?? '' };
        // An earlier attempt may have been recorded as ended, and end yet.
        const earlier = running.get(id);
        if (earlier) void earlier.ended.then(() => submitOne(queued));
        else queues.add(queued);
      }
      beginNext();
    },
    abort: (id) => abortSome([id]),
    forget(ids) {
      queues.remove(ids);
      idleness.look();
    },
    interrupt,
    whenIdle: () => idleness.whenIdle(),
    queues: queues.states,
    async shutDown(timeoutMs) {
      await idleness.whenIdle(timeoutMs);
      stopping.abort();
      await interrupt();
      await Promise.all(refusals);
      clearInterval(heartbeat);
      stopWatching();
      stopWriting();
    },
  };
}

/** Nobody waits for it: what it fails with goes into its record and into the log. Never rejects. */
async function runRecorded(services: ExecutorServices, id: string, turn: Turn): Promise<void> {
  const { config, findMethod, operations, logger } = services;
  const { signal } = turn.abort;
  const prepare = async (operation: Operation) => {
    const { method, request } = recordedRequest(operation, config);
    return { method: await findMethod(method), request };
  };
  const carryOut = async (operation: Operation) => {
    const { method, request } = await prepare(operation).catch(async (error: unknown) => {
      await recordFailure(operations, id, toStagingError(error));
      throw error;
    });
    await execute(services, method, request, turn);
  };
  await inLogContext({ operationId: id }, async () => {
    try {
      const operation = await whenDatabaseAnswers(() => operations.find(id), { logger, signal });
      if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
      if (hasEnded(operation)) return;
      setRequestId(operation.requestId);
      await carryOut(operation);
    } catch (thrown) {
      logError(logger, toStagingError(thrown));
    }
  });
}

/** More than so many operations that are ended together have one line in the log, which thousands would hold up. */
const linesOfRefusals = 20;

function logRefusals(services: ExecutorServices, ids: readonly string[], error: StagingError): void {
  const { code, message } = error;
  if (ids.length > linesOfRefusals) {
    services.logger.info({ code, operations: ids.length }, `operations that waited: ${message}`);
    return;
  }
  for (const operationId of ids) inLogContext({ operationId }, () => logError(services.logger, error));
}

async function execute(
  { operations, procedure, logger }: ExecutorServices,
  method: StagingMethod,
  request: StagingRequest,
  { progress, abort: { signal } }: Turn,
): Promise<Staged> {
  const id = request.operationId;
  let attempt = 0;
  try {
    signal.throwIfAborted();
    const { phase, abortRequestedAt, attempts } = await operations.start(id);
    attempt = attempts;
    // While it waited, somebody may have closed it, or asked to abort it: the looks for such requests go not far back.
    if (phase !== 'EXECUTING') throw new StagingError('INTERRUPTED');
    if (abortRequestedAt) throw new StagingError('ABORTED');
    logger.info(
      { method: method.name, username: request.username, source: request.source.given },
      'staging begins',
    );
    const confirmOwnership = async () => {
      if (!(await operations.isOwned(id))) throw new StagingError('INTERRUPTED');
    };
    const run = { progress, signal, confirmOwnership };
    const once = () => stageRequest(method, { ...request, attempt }, run, procedure);
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
  return operations.fail(id, { ...failureOf(error), ...progress });
}

function failureOf({ code, message }: StagingError): Failure {
  return { phase: code === 'ABORTED' ? 'ABORTED' : 'ERROR', errorCode: code, errorReason: message };
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
