import { Router } from 'express';
import { abortOperation } from '../../shared/executor/run/operationEnd.ts';
import { createEventStreams } from '../../shared/http/answers/eventStream.ts';
import type { Transport } from '../../shared/http/answers/transport.ts';
import { onlyMethods, rememberOperation } from '../../shared/http/app.ts';
import { viewerFor } from '../../shared/http/callers.ts';
import {
  operationEventsQuerySchema,
  operationJson,
  operationListQuerySchema,
  operationQuerySchema,
} from '../../shared/http/contract/operations.ts';
import { waitForPhase } from '../../shared/http/staging/waitForOperation.ts';
import { addReadRoute, onlyQuery, pageLength, parseQuery } from '../../shared/http/validation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { sendAllChanges, sendChangesOfOne } from './changes.ts';
import { answerCsv, wantsCsv } from './csv.ts';
import { findOperation } from './findOperation.ts';
import { createRetryRouter } from './retryOperation.ts';

/**
 * `GET /operations` and `GET /operations/{id}`: the record, and with `/events` its changes. `DELETE /operations/{id}`
 * aborts, and `POST /operations/{id}/retry` starts a new attempt where operations can be run.
 */
export function createOperationsRouter(
  dependencies: Pick<Dependencies, 'config' | 'operations' | 'operationWatch' | 'logger' | 'atShutDown'> &
    Partial<Pick<Dependencies, 'executor'>>,
  transport: Transport,
): Router {
  const { config, operations, operationWatch: watch, atShutDown } = dependencies;
  const streams = createEventStreams(transport);
  atShutDown(async () => {
    watch.close();
    streams.close();
  });
  const router = Router();
  const { executor } = dependencies;
  if (executor) router.use(createRetryRouter({ ...dependencies, executor }));
  addReadRoute(router, '/operations', operationListQuerySchema, async (query, request, response) => {
    const { limit, cursor, order, format, ...filter } = query;
    const viewer = viewerFor(response);
    response.vary('Accept');
    if (wantsCsv(request, format)) {
      await answerCsv(
        request,
        response,
        { operations, site: config, filter, cursor, order, viewer },
        transport,
      );
      return;
    }
    const page = await operations.list(filter, { limit: pageLength(limit, config), cursor, order }, viewer);
    response.json({
      operations: page.operations.map((operation) => operationJson(operation, config)),
      next_cursor: page.nextCursor,
      sorted_since: page.sortedSince?.toISOString() ?? null,
    });
  });
  addReadRoute(router, '/operations/events', operationEventsQuerySchema, (filter, request, response) =>
    sendAllChanges({ operations, watch, streams, site: config }, filter, request, response),
  );
  router
    .route('/operations/:id/events')
    .get(onlyQuery(), async (request, response) => {
      const operation = await findOperation(watch, request.params.id, viewerFor(response));
      sendChangesOfOne({ watch, streams, site: config }, operation, request, response);
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/operations/:id')
    .get(onlyQuery(operationQuerySchema), async (request, response) => {
      const { wait } = parseQuery(request, operationQuerySchema);
      const operation = await findOperation(operations, request.params.id, viewerFor(response));
      const requested = { requested: wait, ...transport };
      const found = await waitForPhase({ operations, watch }, operation, response, requested);
      response.json(operationJson(found, config, watch.speedOf(found)));
    })
    .delete(onlyQuery(), async (request, response) => {
      const operation = await findOperation(operations, request.params.id, viewerFor(response));
      rememberOperation(response.locals, operation.id);
      const aborted = await abortOperation(dependencies, operation);
      response.status(aborted.phase === 'ABORTED' ? 200 : 202).json(operationJson(aborted, config));
    })
    .all(onlyMethods('GET', 'HEAD', 'DELETE'));
  return router;
}
