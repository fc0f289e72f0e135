import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createDependenciesOfAllMethods } from '../methods.ts';
import { createStageDataRouter } from './app.ts';

export const handler = createLambdaHandler(createDependenciesOfAllMethods, createStageDataRouter);
