import { onlyMethod } from '../../shared/executor/executor.ts';
import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { openCatalogue } from '../../shared/rucio/openCatalogue.ts';
import { createStagingDependencies } from '../../shared/service/stagingDependencies.ts';
import { createStageSymlinkRouter } from './app.ts';
import { createSymlinkCopy } from './symlinkCopy.ts';

export const handler = createLambdaHandler(
  (config) =>
    createStagingDependencies(config, {
      hasUserAreas: true,
      createMethodFinder: (services) =>
        onlyMethod(createSymlinkCopy({ ...services, catalogue: openCatalogue(services) })),
    }),
  createStageSymlinkRouter,
);
