import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { stagingPath } from '../../shared/http/contract/openApi.ts';
import { stagingQuerySchema } from '../../shared/http/contract/staging.ts';

/** The routes of this function in the OpenAPI document. */
export const stageSymlinkPaths: ZodOpenApiPathsObject = {
  '/stage/symlink': stagingPath('stageSymlink', 'Stage by symlink_copy', stagingQuerySchema),
};
