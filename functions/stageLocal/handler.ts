import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createStageLocalRouter } from './app.ts';

export const handler = createLambdaHandler(createStageLocalRouter);
