import { StagingError, toStagingError } from '../../errors/stagingError.ts';
import { type LogContext, withLogContext } from '../../logging/logContext.ts';
import { logError } from '../../logging/logError.ts';
import type { Operation } from '../../model/operation.ts';
import { closerOf } from '../../staging/leftovers.ts';
import { recordedRequest } from '../../staging/parseRequest.ts';
import type { ExecutorServices } from '../executorServices.ts';
import { recordFailure } from './recordFailure.ts';

/** What is needed to run a claimed operation. */
export type ClaimServices = Pick<
  ExecutorServices,
  'config' | 'operations' | 'findMethod' | 'leftoverRemovers' | 'executor' | 'logger'
>;

interface ClaimedServices extends ClaimServices {
  /** Called when the operation was interrupted. */
  release(): Promise<void>;
}

/**
 * Runs an operation that this process has claimed. No request waits for it here: its error goes into its record and the
 * log. Never rejects.
 */
export async function runClaimed(services: ClaimedServices, operation: Operation): Promise<void> {
  await withLogContext(contextOf(operation), () => run(services, operation));
}

/** Its log lines have the id of the request that it came from, as in the process that received it. */
function contextOf({ id: operationId, requestId }: Operation): LogContext {
  return { operationId, ...(requestId !== null && { requestId }) };
}

async function run(services: ClaimedServices, operation: Operation): Promise<void> {
  const { operations, executor, logger } = services;
  const { id } = operation;
  try {
    const { method, request } = await readClaimed(services, operation).catch(async (thrown: unknown) => {
      await recordFailure(operations, id, toStagingError(thrown));
      throw thrown;
    });
    await executor.run(method, request);
  } catch (thrown) {
    const error = toStagingError(thrown);
    if (error.code === 'INTERRUPTED') return services.release();
    logError(logger, error);
  }
}

async function readClaimed(
  { config, findMethod, leftoverRemovers, logger }: ClaimServices,
  operation: Operation,
) {
  if (operation.attempts > 1) {
    const remove = closerOf(leftoverRemovers, operation)?.removeEarlier?.(operation);
    await remove?.catch((err: unknown) => logger.warn({ err }, 'a part of an earlier attempt may be left'));
  }
  if (operation.abortRequestedAt) throw new StagingError('ABORTED');
  const { method, request } = recordedRequest(operation, config);
  return { method: await findMethod(method), request };
}
