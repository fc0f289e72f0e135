import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createStagingDependencies } from '../../shared/service/stagingDependencies.ts';
import { createDownloadFileRouter } from './app.ts';

export const handler = createLambdaHandler(
  (config) => createStagingDependencies(config, {}),
  createDownloadFileRouter,
);
