import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createSourceDependencies } from '../../shared/service/dependencies.ts';
import { createBrowseRouter } from './app.ts';

export const handler = createLambdaHandler(createSourceDependencies, createBrowseRouter);
