import { Router } from 'express';
import { onlyMethods } from '../../shared/http/app.ts';
import { stagingHandler } from '../../shared/http/staging/stagingHandler.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createSymlinkCopy } from './symlinkCopy.ts';

/** `POST /stage/symlink`: stages by `symlink_copy`. */
export function createStageSymlinkRouter(dependencies: Dependencies): Router {
  const method = createSymlinkCopy(dependencies);
  const router = Router();
  router
    .route('/stage/symlink')
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
