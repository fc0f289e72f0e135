import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createStageJupyterRouter } from './app.ts';

export const handler = createLambdaHandler(createStageJupyterRouter);
