import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createOperationsRouter } from './app.ts';

export const handler = createLambdaHandler(createOperationsRouter);
