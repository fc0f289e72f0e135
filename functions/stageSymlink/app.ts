import type { Router } from 'express';
import { methodRouter } from '../../shared/http/staging/stagingHandler.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createSymlinkCopy } from './symlinkCopy.ts';

/** `POST /stage/symlink`: stages by `symlink_copy`. */
export function createStageSymlinkRouter(dependencies: Dependencies): Router {
  return methodRouter('/stage/symlink', dependencies, createSymlinkCopy(dependencies));
}
