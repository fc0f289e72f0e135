import { StagingError } from '../shared/errors/stagingError.ts';
import type { FindMethod } from '../shared/executor/executor.ts';
import type { MethodServices } from '../shared/service/stagingDependencies.ts';
import { createObjectStorage } from '../shared/storage/objects/objectStorage.ts';

/** Finds the methods that run without their client; each is loaded when it is first asked for. */
export function createMethodFinder(services: MethodServices): FindMethod {
  const all = { ...services, objectStorage: createObjectStorage(services.config.s3) };
  return async (name) => {
    switch (name) {
      case 'local_copy':
        return (await import('./stageLocal/localCopy.ts')).createLocalCopy(all);
      case 'symlink_copy':
        return (await import('./stageSymlink/symlinkCopy.ts')).createSymlinkCopy(all);
      case 'jupyter_copy':
        return (await import('./stageJupyter/jupyterCopy.ts')).createJupyterCopy(all);
      case 'direct_download':
        throw new StagingError('NOT_RETRYABLE', { reason: 'a download ends with its connection' });
    }
  };
}
