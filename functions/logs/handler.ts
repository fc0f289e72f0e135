import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createDependencies } from '../../shared/service/dependencies.ts';
import { createLogsRouter } from './app.ts';

export const handler = createLambdaHandler(createDependencies, createLogsRouter);
