import type { Config } from '../shared/config/config.ts';
import type { FunctionName } from '../shared/config/settings.ts';
import { StagingError } from '../shared/errors/stagingError.ts';
import type { FindMethod } from '../shared/executor/executor.ts';
import { createUploadLeftoverRemover } from '../shared/jupyter/uploadLeftovers.ts';
import type { StagingMethodName } from '../shared/model/methods.ts';
import { openStorages } from '../shared/rucio/openStorages.ts';
import {
  createStagingDependencies,
  type MethodServices,
  type StagingNeeds,
} from '../shared/service/stagingDependencies.ts';

/** Finds the methods that run without their client; each is loaded when it is first needed. */
function createMethodFinder(services: MethodServices): FindMethod {
  const all = { ...services, ...openStorages(services) };
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

/** The dependencies of a process that stages by every method, with what else it needs. */
export function createDependenciesOfAllMethods(config: Config, needs: StagingNeeds = {}) {
  return createStagingDependencies(config, {
    hasUserAreas: true,
    createUploadRemover: createUploadLeftoverRemover,
    createMethodFinder,
    ...needs,
  });
}

/** The methods that can run without their client. */
const inBackground = ['local_copy', 'symlink_copy', 'jupyter_copy'] as const satisfies StagingMethodName[];

/** The methods by which each function stages; other functions stage nothing. */
const methodsOf: Partial<Record<FunctionName, readonly StagingMethodName[]>> = {
  stageLocal: ['local_copy'],
  stageSymlink: ['symlink_copy'],
  stageJupyter: ['jupyter_copy'],
  stageData: inBackground,
  batches: inBackground,
  uws: inBackground,
};

/** The methods of a process that need no client: those of its `FUNCTIONS`, if the site offers them. */
export function servedMethods({ functions, allowedMethods }: Config): readonly StagingMethodName[] {
  const served = functions.flatMap((name) => methodsOf[name] ?? []);
  return inBackground.filter((method) => served.includes(method) && allowedMethods.includes(method));
}
