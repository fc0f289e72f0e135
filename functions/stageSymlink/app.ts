import type { Router } from 'express';
import { methodRouter } from '../../shared/http/staging/stagingHandler.ts';
import { openCatalogue } from '../../shared/rucio/openCatalogue.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { createSymlinkCopy } from './symlinkCopy.ts';

/** `POST /stage/symlink`: stages by `symlink_copy`. */
export function createStageSymlinkRouter(dependencies: Dependencies): Router {
  const { config, sourceStorage } = dependencies;
  const catalogue = openCatalogue({ config, sourceStorage });
  return methodRouter('/stage/symlink', dependencies, createSymlinkCopy({ ...dependencies, catalogue }));
}
