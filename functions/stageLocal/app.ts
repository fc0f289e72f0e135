import { Router } from 'express';
import { onlyMethods } from '../../shared/http/app.ts';
import { stagingHandler } from '../../shared/http/staging/stagingHandler.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createObjectStorage } from '../../shared/storage/objects/openObjectStorage.ts';
import { createLocalCopy } from './localCopy.ts';

/** `POST /stage/local`: stages by `local_copy`. */
export function createStageLocalRouter(dependencies: Dependencies): Router {
  const objectStorage = createObjectStorage(dependencies.config.s3);
  const method = createLocalCopy({ ...dependencies, objectStorage });
  const router = Router();
  router
    .route('/stage/local')
    .post(
      stagingHandler(
        dependencies,
        () => method.name,
        () => method,
      ),
    )
    .all(onlyMethods('POST'));
  return router;
}
