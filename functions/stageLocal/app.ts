import type { Router } from 'express';
import { methodRouter } from '../../shared/http/staging/stagingHandler.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createLocalCopy } from './localCopy.ts';

/** `POST /stage/local`: stages by `local_copy`. */
export function createStageLocalRouter(dependencies: Dependencies): Router {
  const method = createLocalCopy({ ...dependencies, ...openStorages(dependencies) });
  return methodRouter('/stage/local', dependencies, method);
}
