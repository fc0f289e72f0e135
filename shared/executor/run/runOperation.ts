import type { Config } from '../../config/config.ts';
import { StagingError, toStagingError } from '../../errors/stagingError.ts';
import { lifetimeOf, type Operation } from '../../model/operation.ts';
import type { Completion } from '../../model/operations/lifecycle.ts';
import type { Wait } from '../../record/queueRecord.ts';
import { type DatasetServices, stageRequest } from '../../staging/dataset.ts';
import { closerOf } from '../../staging/leftovers.ts';
import { recordedRequest } from '../../staging/parseRequest.ts';
import type { StagingMethod, StagingRequest } from '../../staging/stagingMethod.ts';
import type { StagingResult } from '../../staging/stagingProcedure.ts';
import type { RuleKeeper } from '../../storage/catalogue.ts';
import type { Progress } from '../../storage/progress.ts';
import { type FindMethod, runsWhereRequested, type Staged } from '../executor.ts';
import { type EndingServices, failureOf } from './operationEnd.ts';
import { retryPassingFailures } from './retryPolicy.ts';

/** The dependencies for running operations. */
export interface RunServices extends EndingServices {
  readonly config: Config;
  readonly procedure: DatasetServices;
  readonly findMethod: FindMethod;
  /** Whether interrupted operations that others can run are released. */
  readonly releases: boolean;
  /** Whether other processes may claim operations queued here. */
  readonly sharesQueue: boolean;
  /** Undefined if rules are disabled. */
  readonly rules?: RuleKeeper | undefined;
}

/** The progress of a running operation, and its signal to stop. */
export interface RunContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called when only the end is left to be recorded. */
  readonly onStaged?: (() => void) | undefined;
}

/** A request that waits for its operation, with what is not in the record. */
export interface Given {
  readonly method: StagingMethod;
  readonly request: StagingRequest;
  /** Answers the request with an error before the operation has ended. */
  reject(error: unknown): void;
}

/**
 * Runs one attempt of an operation that this process has claimed, and records its end.
 * @returns undefined if it was released, because its data must be replicated to this site first
 * @throws its error, after it was recorded; INTERRUPTED also after the operation was released
 */
export async function runOperation(
  services: RunServices,
  operation: Operation,
  { progress, signal, onStaged }: RunContext,
  given?: Given,
): Promise<Staged | undefined> {
  const { operations, logger } = services;
  const { id, attempts } = operation;
  // The client learns soon that the database does not answer; the end is recorded once it does.
  const patience = { logger, signal, onOutage: given?.reject };
  try {
    signal.throwIfAborted();
    refuseUnwanted(operation);
    const { method, request } = given ?? (await readRecorded(services, operation));
    const wait = request.replicate && (await bringHere(services, operation, request, signal));
    if (wait) {
      logger.info({ until: wait.until }, wait.reason);
      await operations.wait(id, wait);
      return undefined;
    }
    logger.info(
      { method: method.name, username: request.username, source: request.source.given },
      'staging started',
    );
    const willContinue = () =>
      isReleased(services, toStagingError(signal.reason), given) && progress.isResumable && !request.dataset;
    const attempt = { ...request, attempt: attempts, keepsPart: () => signal.aborted && willContinue() };
    const staged = await stageWithRetries(services, operation, method, attempt, { progress, signal });
    const { completion, location, digestedVersion } = staged;
    const keeping = digestedVersion && keepDigests(services, digestedVersion, completion);
    onStaged?.();
    const expiresAt = expiryOf(operation, completion, services.config);
    const completed = await operations.complete(id, { ...completion, location, expiresAt }, patience);
    await keeping;
    logger.info({ outcome: completion.outcome, bytes: completion.bytesDone, location }, 'staging completed');
    return { operation: completed, location };
  } catch (error) {
    const failure = toStagingError(error);
    const { code, definition } = failure;
    logger.info({ attempt: attempts, code, class: definition.class }, 'attempt failed');
    if (isReleased(services, failure, given)) await operations.release([id]);
    else await operations.fail(id, { ...failureOf(failure), ...progress.toRecord() }, patience);
    throw error;
  }
}

/** @throws RULES_NOT_OFFERED; as `RuleKeeper.bring` */
async function bringHere(
  { rules, sharesQueue, logger }: RunServices,
  operation: Operation,
  request: StagingRequest,
  signal: AbortSignal,
): Promise<Wait | undefined> {
  if (!rules || !sharesQueue) {
    const reason = 'this function cannot wait for it';
    throw new StagingError('RULES_NOT_OFFERED', { path: request.source.given, reason });
  }
  const bring = () => rules.bring(operation, request.source, signal);
  return retryPassingFailures(bring, {
    isAwaited: request.isAwaited,
    signal,
    logger,
    reset: () => undefined,
  });
}

/** When the staged data is to be removed: after the lifetime that its request and the site allow. */
function expiryOf(
  operation: Operation,
  { outcome }: Completion,
  config: Pick<Config, 'maxLifetimeSeconds'>,
): Date | null {
  const { method } = operation;
  const seconds = lifetimeOf(operation, config);
  const isRemovable = outcome === 'staged' && (method === 'local_copy' || method === 'symlink_copy');
  return isRemovable && seconds !== null ? new Date(Date.now() + seconds * 1000) : null;
}

/** Whether an operation that ended with this error was released instead. */
export function isReleased(
  { releases }: Pick<RunServices, 'releases'>,
  { code }: StagingError,
  given?: Given,
) {
  const canRunElsewhere = !given || !runsWhereRequested(given.method, given.request);
  return releases && code === 'INTERRUPTED' && canRunElsewhere;
}

/**
 * While it was queued, its abort may have been requested, or its destruction become due: polls for these cover only
 * claimed operations.
 */
function refuseUnwanted({ abortRequestedAt, destructionAt }: Operation): void {
  const isDue = destructionAt !== null && destructionAt.getTime() <= Date.now();
  if (abortRequestedAt || isDue) throw new StagingError('ABORTED');
}

async function readRecorded(
  { config, findMethod, leftoverRemovers, logger, releases }: RunServices,
  operation: Operation,
): Promise<Pick<Given, 'method' | 'request'>> {
  if (releases && operation.attempts > 1) {
    const remove = closerOf(leftoverRemovers, operation)?.removeEarlier?.(operation);
    await remove?.catch((err: unknown) =>
      logger.warn({ err }, 'incomplete data of an earlier attempt may be left'),
    );
  }
  const { method, request } = recordedRequest(operation, config);
  return { method: await findMethod(method), request };
}

/** Never rejects: the operation succeeds regardless. */
async function keepDigests(
  { operations, logger }: RunServices,
  version: string,
  { digests = {} }: Completion,
): Promise<void> {
  await operations.addDigests(version, digests).catch((err: unknown) => {
    logger.warn({ err }, 'could not store the digests of a source; they will be computed again when needed');
  });
}

async function stageWithRetries(
  { operations, procedure, rules, logger }: RunServices,
  operation: Operation,
  method: StagingMethod,
  request: StagingRequest,
  { progress, signal }: RunContext,
): Promise<StagingResult> {
  // A waiting client gets an error soon if the database does not answer; other operations wait for it.
  const patience = request.isAwaited ? undefined : { logger, signal };
  const confirmOwnership = async () => {
    await rules?.pin(operation, request.source, signal);
    if (!(await operations.isOwned(request.operationId, patience))) throw new StagingError('INTERRUPTED');
  };
  const once = () => stageRequest(method, request, { progress, signal, confirmOwnership }, procedure);
  // A client that has received part of its answer cannot be sent another one.
  if (method.isPacedByClient) return once();
  const { isAwaited } = request;
  return retryPassingFailures(once, { isAwaited, signal, logger, reset: () => progress.reset() });
}
