import { onlyMethod } from '../../shared/executor/executor.ts';
import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { openStorages } from '../../shared/rucio/openStorages.ts';
import { createStagingDependencies } from '../../shared/service/stagingDependencies.ts';
import { createStageLocalRouter } from './app.ts';
import { createLocalCopy } from './localCopy.ts';

export const handler = createLambdaHandler(
  (config) =>
    createStagingDependencies(config, {
      hasUserAreas: true,
      createMethodFinder: (services) =>
        onlyMethod(createLocalCopy({ ...services, ...openStorages(services) })),
    }),
  createStageLocalRouter,
);
