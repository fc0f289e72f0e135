import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  browseQuerySchema,
  directoryPageSchema,
  previewQuerySchema,
  previewSchema,
} from '../../shared/http/contract/files.ts';
import { json, problems } from '../../shared/http/contract/openApi.ts';

/** The routes of this function in the OpenAPI document. */
export const browsePaths: ZodOpenApiPathsObject = {
  '/browse': {
    get: {
      operationId: 'browse',
      tags: ['files'],
      summary: 'A directory of the source storage, a bucket or a prefix, in pages',
      requestParams: { query: browseQuerySchema },
      responses: {
        '200': json(directoryPageSchema, 'A page of entries, by name'),
        ...problems(403, 404, 422),
      },
    },
  },
  '/preview': {
    get: {
      operationId: 'preview',
      tags: ['files'],
      summary: 'The beginning of a text file, or the headers of a FITS file',
      requestParams: { query: previewQuerySchema },
      responses: { '200': json(previewSchema, 'What it holds'), ...problems(403, 404, 409, 422) },
    },
  },
};
