import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { stagingPath } from '../../shared/http/contract/openApi.ts';
import { methodQuerySchema, stagingQuerySchema } from '../../shared/http/contract/staging.ts';

/** The routes of this function in the OpenAPI document. */
export const stageDataPaths: ZodOpenApiPathsObject = {
  '/stage_data': stagingPath(
    'Stage by any method; direct_download answers with the file itself',
    methodQuerySchema.extend(stagingQuerySchema.shape),
  ),
};
