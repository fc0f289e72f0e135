import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { stagingPath } from '../../shared/http/contract/openApi.ts';
import { stagingQuerySchema } from '../../shared/http/contract/staging.ts';

/** The routes of this function in the OpenAPI document. */
export const stageLocalPaths: ZodOpenApiPathsObject = {
  '/stage/local': stagingPath('stageLocal', 'Stage by local_copy', stagingQuerySchema),
};
