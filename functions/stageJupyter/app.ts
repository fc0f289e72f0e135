import { Router } from 'express';
import type { Dependencies } from '../../shared/dependencies.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { stagingHandler } from '../../shared/http/stagingHandler.ts';
import { createObjectStorage } from '../../shared/storage/s3/objectStorage.ts';
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
