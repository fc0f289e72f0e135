import type { Logger } from 'pino';
import { StagingError, toStagingError } from '../../errors/stagingError.ts';
import type { Completion, Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { type DatasetServices, stageRequest } from '../../staging/dataset.ts';
import type { StagingMethod, StagingRequest } from '../../staging/stagingMethod.ts';
import type { StagingResult } from '../../staging/stagingProcedure.ts';
import type { Staged } from '../executor.ts';
import { recordFailure } from './recordFailure.ts';
import { retryPassingFailures } from './retryPolicy.ts';
import { progressOf, type RunContext } from './runContext.ts';

/** What is needed to run operations. */
export interface RunServices {
  readonly operations: OperationRecord;
  readonly procedure: DatasetServices;
  readonly logger: Logger;
}

/**
 * Runs one attempt of an operation that has a slot, and records its end, and its start unless that is recorded.
 * @throws its error, after it was recorded
 */
export async function runRequest(
  services: RunServices,
  method: StagingMethod,
  request: StagingRequest,
  context: RunContext,
  recorded?: Operation,
): Promise<Staged> {
  const { operations, logger } = services;
  const id = request.operationId;
  let attempt = 0;
  try {
    context.signal.throwIfAborted();
    const started = recorded ?? (await operations.start(id));
    attempt = started.attempts;
    rejectEnded(started);
    logger.info(
      { method: method.name, username: request.username, source: request.source.given },
      'staging started',
    );
    const { completion, location, digestedVersion } = await stageWithRetries(
      services,
      method,
      { ...request, attempt },
      context,
    );
    const keeping = digestedVersion && keepDigests(services, digestedVersion, completion);
    const operation = await operations.complete(id, { ...completion, location });
    await keeping;
    logger.info({ outcome: completion.outcome, bytes: completion.bytesDone, location }, 'staging completed');
    return { operation, location };
  } catch (error) {
    const failure = toStagingError(error);
    const { code, definition } = failure;
    logger.info({ attempt, code, class: definition.class }, 'attempt failed');
    await recordFailure(operations, id, failure, progressOf(context.progress));
    throw error;
  }
}

/** Never rejects: the operation succeeds without. */
async function keepDigests(
  { operations, logger }: RunServices,
  version: string,
  { digests = {} }: Completion,
): Promise<void> {
  await operations.addDigests(version, digests).catch((err: unknown) => {
    logger.warn(
      { err },
      'The digests of a source were not kept; they will be computed again when they are needed.',
    );
  });
}

/**
 * While it was queued, it may have been closed, or its abort requested: polls for abort requests do not reach that far
 * back.
 */
function rejectEnded({ phase, abortRequestedAt }: Operation): void {
  if (phase !== 'EXECUTING') throw new StagingError('INTERRUPTED');
  if (abortRequestedAt) throw new StagingError('ABORTED');
}

async function stageWithRetries(
  { operations, procedure, logger }: RunServices,
  method: StagingMethod,
  request: StagingRequest,
  { progress, signal }: RunContext,
): Promise<StagingResult> {
  const confirmOwnership = async () => {
    if (!(await operations.isOwned(request.operationId))) throw new StagingError('INTERRUPTED');
  };
  const once = () => stageRequest(method, request, { progress, signal, confirmOwnership }, procedure);
  // A client that has received part of its answer cannot be sent another one.
  if (method.isPacedByClient) return once();
  const { isAwaited } = request;
  return retryPassingFailures(once, { isAwaited, signal, logger, reset: () => progress.reset() });
}
