import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { bytes, stagingPath } from '../../shared/http/contract/openApi.ts';
import { methodQuerySchema, stagingQuerySchema } from '../../shared/http/contract/staging.ts';

const query = methodQuerySchema.extend(stagingQuerySchema.shape);
const { content: file } = bytes('', 'application/octet-stream', 'application/x-tar');

/** The routes of the functions that stage, in the OpenAPI document. */
export const stagingPaths: ZodOpenApiPathsObject = {
  '/stage_data': stagingPath(
    'stageData',
    'Stage by any method; direct_download answers with the data itself',
    query,
    file,
  ),
  '/stage-data': stagingPath('stageDataByOtherName', 'The same as /stage_data', query, file),
  '/stage/local': stagingPath('stageLocal', 'Stage by local_copy', stagingQuerySchema),
  '/stage/symlink': stagingPath('stageSymlink', 'Stage by symlink_copy', stagingQuerySchema),
  '/stage/jupyter': stagingPath('stageJupyter', 'Stage by jupyter_copy', stagingQuerySchema),
};
