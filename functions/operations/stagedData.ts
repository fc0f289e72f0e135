import { type Request, type Response, Router } from 'express';
import { onlyMethods, rememberOperation } from '../../shared/http/app.ts';
import { callerOf, viewerFor } from '../../shared/http/caller.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import { onlyQuery } from '../../shared/http/knownQuery.ts';
import { setOperationId } from '../../shared/logging/logContext.ts';
import { checkSource } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { recordedRequest } from '../../shared/staging/parseRequest.ts';
import { findOperation } from './findOperation.ts';

/** The services for data that was staged. */
export type StagedDataServices = Pick<Dependencies, 'config' | 'operations' | 'userAreas' | 'logger'>;

/** `/operations/{id}/data`: what an operation has staged. For functions that have the user areas. */
export function createStagedDataRouter(services: StagedDataServices): Router {
  const { config, operations, logger } = services;
  const find = async (request: Request<{ id: string }>, response: Response): Promise<Operation> => {
    const operation = await findOperation(operations, request.params.id, viewerFor(response));
    setOperationId(operation.id);
    rememberOperation(response.locals, operation.id);
    return operation;
  };
  const router = Router();
  router
    .route('/operations/:id/data')
    .delete(onlyQuery(), async (request, response) => {
      const operation = await find(request, response);
      checkScopes(operation, response, config);
      const by = callerOf(response).name;
      const { removeStaged } = await import('../../shared/staging/removeStaged.ts');
      const removed = await removeStaged(operation, { by, reason: 'user' }, services);
      logger.info({ location: operation.location, by }, 'removed what was staged');
      response.json(operationJson(removed, config));
    })
    .all(onlyMethods('DELETE'));
  return router;
}

/** A token that is limited to some sources removes only what it may stage. @throws SOURCE_FORBIDDEN */
function checkScopes(operation: Operation, response: Response, config: StagedDataServices['config']): void {
  const caller = callerOf(response);
  if (!caller.scopes) return;
  checkSource(caller, recordedRequest(operation, config).request.source, 'stage', config.identity.projects);
}
