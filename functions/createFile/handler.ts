import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createSourceDependencies } from '../../shared/service/dependencies.ts';
import { createCreateFileRouter } from './app.ts';

export const handler = createLambdaHandler(createSourceDependencies, createCreateFileRouter);
