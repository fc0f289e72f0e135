import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createStagingDependencies } from '../../shared/stagingDependencies.ts';
import { createStageSymlinkRouter } from './app.ts';

export const handler = createLambdaHandler(
  (config) => createStagingDependencies(config, { hasUserAreas: true }),
  createStageSymlinkRouter,
);
