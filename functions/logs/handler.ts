import { createDependencies } from '../../shared/dependencies.ts';
import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createLogsRouter } from './app.ts';

export const handler = createLambdaHandler(createDependencies, createLogsRouter);
