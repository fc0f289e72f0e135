import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createUploadLeftoverRemover } from '../../shared/jupyter/uploadLeftovers.ts';
import { createStagingDependencies } from '../../shared/service/stagingDependencies.ts';
import { createMethodFinder } from '../methods.ts';
import { createStageDataRouter } from './app.ts';

export const handler = createLambdaHandler(
  (config) =>
    createStagingDependencies(config, {
      hasUserAreas: true,
      createUploadRemover: createUploadLeftoverRemover,
      createMethodFinder,
    }),
  createStageDataRouter,
);
