import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createDownloadFileRouter } from './app.ts';

export const handler = createLambdaHandler(createDownloadFileRouter);
