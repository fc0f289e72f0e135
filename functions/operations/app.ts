import { Router } from 'express';
import * as z from 'zod';
import type { Dependencies } from '../../shared/dependencies.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { operationJson, operationListQuerySchema } from '../../shared/http/contract/operations.ts';
import { parsePart } from '../../shared/http/validation.ts';

/** `GET /operations` and `GET /operations/{id}`: the record of what was staged. */
export function createOperationsRouter({ operations }: Pick<Dependencies, 'operations'>): Router {
  const router = Router();
  router
    .route('/operations')
    .get(async (request, response) => {
      const query = parsePart({ name: 'query', value: request.query, schema: operationListQuerySchema });
      const { limit, cursor, ...filter } = query;
      const page = await operations.list(filter, { limit, cursor });
      response.json({ operations: page.operations.map(operationJson), next_cursor: page.nextCursor });
    })
    .all(onlyMethods('GET', 'HEAD'));
  router
    .route('/operations/:id')
    .get(async (request, response) => {
      const { id } = request.params;
      const operation = z.uuid().safeParse(id).success ? await operations.find(id.toLowerCase()) : null;
      if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id: id.slice(0, 100) });
      response.json(operationJson(operation));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
