import type { Router } from 'express';
import { methodRouter } from '../../shared/http/staging/stagingHandler.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createJupyterCopy } from './jupyterCopy.ts';

/** `POST /stage/jupyter`: stages by `jupyter_copy`. */
export function createStageJupyterRouter(dependencies: Dependencies): Router {
  const method = createJupyterCopy({ ...dependencies, ...openStorages(dependencies) });
  return methodRouter('/stage/jupyter', dependencies, method);
}
