import { createLambdaHandler } from '../../shared/http/lambda/lambdaHandler.ts';
import { createRecordDependencies } from '../../shared/service/recordDependencies.ts';
import { createSiteRouter } from './app.ts';

export const handler = createLambdaHandler(createRecordDependencies, createSiteRouter);
