import { Router } from 'express';
import type { Dependencies } from '../../shared/dependencies.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { browseQuerySchema } from '../../shared/http/contract/files.ts';
import { parsePart } from '../../shared/http/validation.ts';
import { parseSourcePath } from '../../shared/storage/paths.ts';
import { listDirectory } from './listDirectory.ts';

/** `GET /browse`: what there is to stage, a page of a directory at a time. */
export function createBrowseRouter({
  config,
  sourceStorage,
}: Pick<Dependencies, 'config' | 'sourceStorage'>): Router {
  const router = Router();
  router
    .route('/browse')
    .get(async (request, response) => {
      const query = parsePart({ name: 'query', value: request.query, schema: browseQuerySchema });
      const path = parseSourcePath(query.path === '' ? '.' : query.path, config.sourceStoragePath);
      response.json(await listDirectory(sourceStorage, path, query));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
