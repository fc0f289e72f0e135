import { type Request, type Response, Router } from 'express';
import type { StagingMethodName } from '../../shared/config/methods.ts';
import type { Dependencies } from '../../shared/dependencies.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { stagingHandler } from '../../shared/http/stagingCall.ts';
import type { StagingMethod } from '../../shared/staging/stagingMethod.ts';
import { createDirectDownload } from '../downloadFile/directDownload.ts';
import { createJupyterCopy } from '../stageJupyter/jupyterCopy.ts';
import { createLocalCopy } from '../stageLocal/localCopy.ts';
import { createSymlinkCopy } from '../stageSymlink/symlinkCopy.ts';

type MethodFor = (request: Request, response: Response) => StagingMethod;

/** `POST /stage_data` (and `/stage-data`): stages by the method that the query names. */
export function createStageDataRouter(dependencies: Dependencies): Router {
  const localCopy = createLocalCopy(dependencies);
  const symlinkCopy = createSymlinkCopy(dependencies);
  const jupyterCopy = createJupyterCopy(dependencies);
  const methods: Readonly<Record<StagingMethodName, MethodFor>> = {
    local_copy: () => localCopy,
    symlink_copy: () => symlinkCopy,
    jupyter_copy: () => jupyterCopy,
    direct_download: (request, response) => createDirectDownload(dependencies, request, response),
  };
  const router = Router();
  router
    .route(['/stage_data', '/stage-data'])
    .post(
      stagingHandler(
        dependencies,
        (request) => request.query['method'],
        (order, request, response) => methods[order.method](request, response),
      ),
    )
    .all(onlyMethods('POST'));
  return router;
}
