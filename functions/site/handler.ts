import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createSiteRouter } from './app.ts';

export const handler = createLambdaHandler(createSiteRouter);
