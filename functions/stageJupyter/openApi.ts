import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { stagingPath } from '../../shared/http/contract/openApi.ts';
import { stagingQuerySchema } from '../../shared/http/contract/staging.ts';

/** The routes of this function in the OpenAPI document. */
export const stageJupyterPaths: ZodOpenApiPathsObject = {
  '/stage/jupyter': stagingPath('stageJupyter', 'Stage by jupyter_copy', stagingQuerySchema),
};
