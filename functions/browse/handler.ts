import { createSourceDependencies } from '../../shared/dependencies.ts';
import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createBrowseRouter } from './app.ts';

export const handler = createLambdaHandler(createSourceDependencies, createBrowseRouter);
