import { type Request, type Response, Router } from 'express';
import type { Transport } from '../../shared/http/answers/transport.ts';
import { onlyMethods } from '../../shared/http/app.ts';
import { methodQuerySchema, stagingQuerySchema } from '../../shared/http/contract/staging.ts';
import { stagingHandler } from '../../shared/http/staging/stagingHandler.ts';
import { onlyQuery } from '../../shared/http/validation.ts';
import type { StagingMethodName } from '../../shared/model/methods.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import type { StagingMethod } from '../../shared/staging/stagingMethod.ts';
import { createDirectDownload } from '../downloadFile/directDownload.ts';
import { downloadServices } from '../downloadFile/downloadServices.ts';
import { createRetryRouter } from '../operations/retryOperation.ts';
import { createStagedDataRouter } from '../operations/stagedData.ts';
import { createJupyterCopy } from '../stageJupyter/jupyterCopy.ts';
import { createLocalCopy } from '../stageLocal/localCopy.ts';
import { createSymlinkCopy } from '../stageSymlink/symlinkCopy.ts';

type MethodFor = (request: Request, response: Response) => StagingMethod;

/**
 * `POST /stage_data` (and `/stage-data`): stages by the method in the query. `POST /operations/{id}/retry` and
 * `/operations/{id}/data` are also here: of the functions that are deployed alone, this one has the dependencies of
 * every method.
 */
export function createStageDataRouter(dependencies: Dependencies, transport: Transport): Router {
  const services = downloadServices(dependencies, transport);
  const localCopy = createLocalCopy(services);
  const symlinkCopy = createSymlinkCopy(services);
  const jupyterCopy = createJupyterCopy(services);
  const methods: Readonly<Record<StagingMethodName, MethodFor>> = {
    local_copy: () => localCopy,
    symlink_copy: () => symlinkCopy,
    jupyter_copy: () => jupyterCopy,
    direct_download: (request, response) => createDirectDownload(services, request, response),
  };
  const router = Router();
  router.use(createRetryRouter(dependencies));
  router.use(createStagedDataRouter(dependencies));
  router
    .route(['/stage_data', '/stage-data'])
    .post(
      onlyQuery(methodQuerySchema, stagingQuerySchema),
      stagingHandler(
        dependencies,
        (request) => request.query['method'],
        (order, request, response) => methods[order.method](request, response),
      ),
    )
    .all(onlyMethods('POST'));
  return router;
}
