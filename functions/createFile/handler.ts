import { createSourceDependencies } from '../../shared/dependencies.ts';
import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createCreateFileRouter } from './app.ts';

export const handler = createLambdaHandler(createSourceDependencies, createCreateFileRouter);
