import { onlyMethod } from '../../shared/executor/executor.ts';
import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createUploadLeftoverRemover } from '../../shared/jupyter/uploadLeftovers.ts';
import { createStagingDependencies } from '../../shared/service/stagingDependencies.ts';
import { createObjectStorage } from '../../shared/storage/objects/openObjectStorage.ts';
import { createStageJupyterRouter } from './app.ts';
import { createJupyterCopy } from './jupyterCopy.ts';

export const handler = createLambdaHandler(
  (config) =>
    createStagingDependencies(config, {
      createUploadRemover: createUploadLeftoverRemover,
      createMethodFinder: (services) =>
        onlyMethod(createJupyterCopy({ ...services, objectStorage: createObjectStorage(services) })),
    }),
  createStageJupyterRouter,
);
