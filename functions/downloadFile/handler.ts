import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createStagingDependencies } from '../../shared/stagingDependencies.ts';
import { createDownloadFileRouter } from './app.ts';

export const handler = createLambdaHandler(
  (config) => createStagingDependencies(config, {}),
  createDownloadFileRouter,
);
