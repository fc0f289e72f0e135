import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  batchDetailSchema,
  batchPageSchema,
  batchSchema,
} from '../../shared/http/contract/answers/batches.ts';
import {
  batchBodySchema,
  batchDetailQuerySchema,
  batchListQuerySchema,
  batchQuerySchema,
} from '../../shared/http/contract/batches.ts';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import { stagingHeadersSchema } from '../../shared/http/contract/staging.ts';

const acceptedBatch = {
  ...json(batchSchema, 'The batch was accepted, and continues'),
  headers: z.object({ location: z.string().describe('the address of the batch') }),
};
const batchId = z.object({ id: z.uuid() });

/** The routes of this function in the OpenAPI document. */
export const batchPaths: ZodOpenApiPathsObject = {
  '/batches': {
    get: {
      operationId: 'listBatches',
      summary: 'Batches, newest first',
      requestParams: { query: batchListQuerySchema },
      responses: { '200': json(batchPageSchema, 'A page of batches'), ...problems(422) },
    },
    post: {
      operationId: 'createBatch',
      summary: 'Request many operations together: a list of items, or every file beneath a directory',
      requestParams: {
        query: batchQuerySchema,
        header: stagingHeadersSchema.pick({ 'idempotency-key': true }),
      },
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: batchBodySchema },
          'application/x-ndjson': {
            schema: z.string().meta({
              format: 'binary',
              description: 'one item per line',
              example: '{"local_path_on_storage":"survey/a.fits","relative_path":"project/a.fits"}\n',
            }),
          },
        },
      },
      responses: { '202': acceptedBatch, ...problems(403, 409, 413, 415, 422) },
    },
  },
  '/batches/{id}': {
    get: {
      operationId: 'getBatch',
      summary: 'One batch, with a page of its operations, failed ones first',
      requestParams: { path: batchId, query: batchDetailQuerySchema },
      responses: { '200': json(batchDetailSchema, 'The batch'), ...problems(404, 422) },
    },
    delete: {
      operationId: 'abortBatch',
      summary: 'Abort all unfinished operations of a batch',
      requestParams: { path: batchId },
      responses: {
        '200': json(batchSchema, 'The batch is ABORTED'),
        '202': json(batchSchema, 'Other processes are still stopping some of its operations'),
        ...problems(403, 404, 409),
      },
    },
  },
  '/batches/{id}/retry': {
    post: {
      operationId: 'retryBatch',
      summary: 'Retry all operations that failed or were aborted',
      requestParams: { path: batchId },
      responses: { '202': acceptedBatch, ...problems(403, 404, 409) },
    },
  },
};
