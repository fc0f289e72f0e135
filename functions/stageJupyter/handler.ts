import { onlyMethod } from '../../shared/executor/executor.ts';
import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createUploadLeftoverRemover } from '../../shared/jupyter/uploadLeftovers.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import { createStagingDependencies } from '../../shared/service/stagingDependencies.ts';
import { createStageJupyterRouter } from './app.ts';
import { createJupyterCopy } from './jupyterCopy.ts';

export const handler = createLambdaHandler(
  (config) =>
    createStagingDependencies(config, {
      createUploadRemover: createUploadLeftoverRemover,
      createMethodFinder: (services) =>
        onlyMethod(createJupyterCopy({ ...services, ...openStorages(services) })),
    }),
  createStageJupyterRouter,
);
