import { Router } from 'express';
import { onlyMethods } from '../../shared/http/app.ts';
import { stagingHandler } from '../../shared/http/staging/stagingHandler.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createObjectStorage } from '../../shared/storage/objects/openObjectStorage.ts';
import { createJupyterCopy } from './jupyterCopy.ts';

/** `POST /stage/jupyter`: stages by `jupyter_copy`. */
export function createStageJupyterRouter(dependencies: Dependencies): Router {
  const objectStorage = createObjectStorage(dependencies.config.s3);
  const method = createJupyterCopy({ ...dependencies, objectStorage });
  const router = Router();
  router
    .route('/stage/jupyter')
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
