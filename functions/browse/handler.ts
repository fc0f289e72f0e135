import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createBrowseRouter } from './app.ts';

export const handler = createLambdaHandler(createBrowseRouter);
