import type { Router } from 'express';
import { methodRouter } from '../../shared/http/staging/stagingHandler.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createObjectStorage } from '../../shared/storage/objects/openObjectStorage.ts';
import { createLocalCopy } from './localCopy.ts';

/** `POST /stage/local`: stages by `local_copy`. */
export function createStageLocalRouter(dependencies: Dependencies): Router {
  const objectStorage = createObjectStorage(dependencies);
  const method = createLocalCopy({ ...dependencies, objectStorage });
  return methodRouter('/stage/local', dependencies, method);
}
