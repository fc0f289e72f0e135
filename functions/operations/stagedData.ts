import { type Request, type Response, Router } from 'express';
import { answerSignal } from '../../shared/http/answers/transport.ts';
import { onlyMethods, rememberOperation } from '../../shared/http/app.ts';
import { callerOf, viewerFor } from '../../shared/http/callers.ts';
import {
  operationJson,
  stagedDigestsQuerySchema,
  stagedStateJson,
} from '../../shared/http/contract/operations.ts';
import { onlyQuery, parseQuery } from '../../shared/http/validation.ts';
import { setOperationId } from '../../shared/logging/logContext.ts';
import { checkSource } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { SourcePath } from '../../shared/model/sourcePath.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { recordedRequest } from '../../shared/staging/parseRequest.ts';
import type { DigestAnswers } from './digests.ts';
import { findOperation } from './findOperation.ts';

/** The services for staged data. */
export type StagedDataServices = Pick<
  Dependencies,
  | 'config'
  | 'operations'
  | 'userAreas'
  | 'sourceStorage'
  | 'threads'
  | 'objectThreads'
  | 'logger'
  | 'atShutDown'
>;

/**
 * `/operations/{id}/data` and `/operations/{id}/digests`: an operation's staged data. For functions with user areas.
 */
export function createStagedDataRouter(services: StagedDataServices): Router {
  const { config, operations, logger } = services;
  const find = async (request: Request<{ id: string }>, response: Response): Promise<Operation> => {
    const operation = await findOperation(operations, request.params.id, viewerFor(response));
    setOperationId(operation.id);
    rememberOperation(response.locals, operation.id);
    return operation;
  };
  let creating: Promise<DigestAnswers> | undefined;
  services.atShutDown(async () => (await creating)?.close());
  // Loaded on demand, because these routes are rarely used.
  const digestAnswers = () => {
    creating ??= import('./digests.ts').then(({ createDigestAnswers }) =>
      createDigestAnswers(services.userAreas),
    );
    return creating;
  };
  const router = Router();
  router
    .route('/operations/:id/data')
    .get(onlyQuery(), async (request, response) => {
      const operation = await find(request, response);
      const { stateOfStaged } = await import('../../shared/staging/staged/stagedState.ts');
      const { openStorages } = await import('../../shared/rucio/openStorages.ts');
      const storages = { ...services, ...openStorages(services) };
      const source = sourceOf(operation, config);
      const state = await stateOfStaged(operation, source, storages, answerSignal(response));
      response.json(stagedStateJson(operation, state, config));
    })
    .delete(onlyQuery(), async (request, response) => {
      const operation = await find(request, response);
      checkScopes(operation, response, config);
      const by = callerOf(response).name;
      const { removeStaged } = await import('../../shared/staging/staged/removeStaged.ts');
      const removed = await removeStaged(operation, { by, reason: 'user' }, services);
      logger.info({ location: operation.location, by }, 'removed staged data');
      response.json(operationJson(removed, config));
    })
    .all(onlyMethods('GET', 'HEAD', 'DELETE'));
  router
    .route('/operations/:id/digests')
    .get(onlyQuery(stagedDigestsQuerySchema), async (request, response) => {
      const { format } = parseQuery(request, stagedDigestsQuerySchema);
      const operation = await find(request, response);
      response.vary('Accept');
      const accepted = request.accepts(['json', 'text/plain']) === 'text/plain' ? 'sha256sums' : 'json';
      const digests = await digestAnswers();
      await digests.send(operation, format ?? accepted, request, response);
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** A token that is limited to some sources may remove only data that it may stage. @throws SOURCE_FORBIDDEN */
function checkScopes(operation: Operation, response: Response, config: StagedDataServices['config']): void {
  const caller = callerOf(response);
  if (!caller.scopes) return;
  checkSource(caller, sourceOf(operation, config), 'stage', config.identity.projects);
}

function sourceOf(operation: Operation, config: StagedDataServices['config']): SourcePath {
  return recordedRequest(operation, config).request.source;
}
