import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createUploadCloser } from '../../shared/jupyter/interruptedUploads.ts';
import { createStagingDependencies } from '../../shared/stagingDependencies.ts';
import { createMethodFinder } from '../methodFinder.ts';
import { createBatchesRouter } from './app.ts';

export const handler = createLambdaHandler(
  (config) =>
    createStagingDependencies(config, { hasUserAreas: true, createUploadCloser, createMethodFinder }),
  createBatchesRouter,
);
