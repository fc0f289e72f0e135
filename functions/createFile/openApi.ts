import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { createdFileSchema } from '../../shared/http/contract/answers/files.ts';
import { createFileBodySchema, createFileQuerySchema } from '../../shared/http/contract/files.ts';
import { json, problems } from '../../shared/http/contract/openApi.ts';

/** The routes of this function in the OpenAPI document. */
export const createFilePaths: ZodOpenApiPathsObject = {
  '/create-file': {
    post: {
      operationId: 'createFile',
      summary: 'Create a file beneath the source storage',
      requestParams: { query: createFileQuerySchema.partial() },
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: createFileBodySchema },
          'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) },
        },
      },
      responses: {
        '200': json(createdFileSchema, 'The file was created'),
        ...problems(403, 409, 413, 415, 422),
      },
    },
  },
};
