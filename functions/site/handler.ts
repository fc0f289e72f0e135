import { createLambdaHandler } from '../../shared/http/lambdaHandler.ts';
import { createRecordDependencies } from '../../shared/recordDependencies.ts';
import { createSiteRouter } from './app.ts';

export const handler = createLambdaHandler(createRecordDependencies, createSiteRouter);
