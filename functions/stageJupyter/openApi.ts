import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { stagingPath } from '../../shared/http/contract/openApi.ts';
import { stagingQuerySchema } from '../../shared/http/contract/staging.ts';

/** The routes of this function, as the description of the API shows them. */
export const stageJupyterPaths: ZodOpenApiPathsObject = {
  '/stage/jupyter': stagingPath('Stage by jupyter_copy', stagingQuerySchema),
};
