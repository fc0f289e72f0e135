import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createStageDataRouter } from './app.ts';

export const handler = createLambdaHandler(createStageDataRouter);
