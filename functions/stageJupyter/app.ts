import type { Router } from 'express';
import { methodRouter } from '../../shared/http/staging/stagingHandler.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createObjectStorage } from '../../shared/storage/objects/openObjectStorage.ts';
import { createJupyterCopy } from './jupyterCopy.ts';

/** `POST /stage/jupyter`: stages by `jupyter_copy`. */
export function createStageJupyterRouter(dependencies: Dependencies): Router {
  const objectStorage = createObjectStorage(dependencies);
  const method = createJupyterCopy({ ...dependencies, objectStorage });
  return methodRouter('/stage/jupyter', dependencies, method);
}
