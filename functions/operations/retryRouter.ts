import { Router } from 'express';
import { onlyMethods, rememberOperation } from '../../shared/http/app.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import { setOperationId } from '../../shared/logging/logContext.ts';
import { findOperation } from './findOperation.ts';
import { type RetryServices, retryOperation } from './retryOperation.ts';

/** `POST /operations/{id}/retry`: a new attempt. For functions that can run operations of every method. */
export function createRetryRouter(dependencies: RetryServices): Router {
  const router = Router();
  router
    .route('/operations/:id/retry')
    .post(async (request, response) => {
      const operation = await findOperation(dependencies.operations, request.params.id);
      setOperationId(operation.id);
      rememberOperation(response.locals, operation.id);
      const queued = await retryOperation(dependencies, operation);
      response.status(202).location(`/operations/${queued.id}`).json(operationJson(queued));
    })
    .all(onlyMethods('POST'));
  return router;
}
