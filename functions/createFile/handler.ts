import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createCreateFileRouter } from './app.ts';

export const handler = createLambdaHandler(createCreateFileRouter);
