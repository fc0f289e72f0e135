import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createStageSymlinkRouter } from './app.ts';

export const handler = createLambdaHandler(createStageSymlinkRouter);
