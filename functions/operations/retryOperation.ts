import { Router } from 'express';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { onlyMethods, rememberOperation } from '../../shared/http/app.ts';
import { callerOf, viewerFor } from '../../shared/http/callers.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import { publicPath } from '../../shared/http/publicUrls.ts';
import { onlyQuery } from '../../shared/http/validation.ts';
import { setOperationId } from '../../shared/logging/logContext.ts';
import { type Caller, checkSource, theService } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import { whyNotRetryable } from '../../shared/model/operations/retryability.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { recordedRequest } from '../../shared/staging/parseRequest.ts';
import { findOperation } from './findOperation.ts';

/** The services needed for retries. */
export type RetryServices = Pick<Dependencies, 'config' | 'operations' | 'executor' | 'logger'>;

/**
 * Starts a new attempt of an operation that failed or was aborted, on the same record. It does not have the caller's
 * token, which is never stored: `jupyter_copy` uses the service's own.
 * @returns the operation, QUEUED
 * @throws OPERATION_NOT_ENDED, also if another client has just retried it; NOT_RETRYABLE
 */
async function retryOperation(
  { config, operations, executor, logger }: RetryServices,
  operation: Operation,
  caller: Caller,
): Promise<Operation> {
  const { id, phase, attempts, errorCode, errorReason } = operation;
  if (['PENDING', 'QUEUED', 'EXECUTING'].includes(phase)) {
    throw new StagingError('OPERATION_NOT_ENDED', { phase });
  }
  checkRetryable(operation, caller, config);
  const queued = await operations.retry(operation);
  if (!queued) {
    throw new StagingError('OPERATION_NOT_ENDED', {
      phase: (await operations.find(id, theService))?.phase ?? phase,
    });
  }
  logger.info(
    { failed_attempts: attempts, failed_phase: phase, failed_code: errorCode, failed_reason: errorReason },
    'retrying the operation',
  );
  executor.submit([queued]);
  return queued;
}

/** @throws NOT_RETRYABLE, SOURCE_FORBIDDEN */
function checkRetryable(operation: Operation, caller: Caller, config: RetryServices['config']): void {
  const reason = whyNotRetryable(operation);
  if (reason !== undefined) throw new StagingError('NOT_RETRYABLE', { reason });
  const { method, request } = readRequest(operation, config);
  checkSource(caller, request.source, 'stage', config.identity.projects);
  if (!config.allowedMethods.includes(method)) {
    throw new StagingError('NOT_RETRYABLE', { reason: `this site no longer offers ${method}` });
  }
}

/** A request that was valid may no longer be, because settings change. */
function readRequest(operation: Operation, config: RetryServices['config']) {
  try {
    return recordedRequest(operation, config);
  } catch (cause) {
    if (!(cause instanceof StagingError) || cause.code === 'NOT_RETRYABLE') throw cause;
    const reason = `${cause.message} (${cause.code})`;
    throw new StagingError('NOT_RETRYABLE', { reason }, { cause });
  }
}

/** `POST /operations/{id}/retry`: a new attempt. For functions that can run operations of every method. */
export function createRetryRouter(dependencies: RetryServices): Router {
  const router = Router();
  router
    .route('/operations/:id/retry')
    .post(onlyQuery(), async (request, response) => {
      const operation = await findOperation(dependencies.operations, request.params.id, viewerFor(response));
      setOperationId(operation.id);
      rememberOperation(response.locals, operation.id);
      const queued = await retryOperation(dependencies, operation, callerOf(response));
      response
        .status(202)
        .location(publicPath(response, `/operations/${queued.id}`))
        .json(operationJson(queued, dependencies.config));
    })
    .all(onlyMethods('POST'));
  return router;
}
