import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  batchBodySchema,
  batchDetailQuerySchema,
  batchDetailSchema,
  batchListQuerySchema,
  batchPageSchema,
  batchQuerySchema,
  batchSchema,
} from '../../shared/http/contract/batches.ts';
import { json, problems } from '../../shared/http/contract/openApi.ts';
import { stagingHeadersSchema } from '../../shared/http/contract/staging.ts';

const acceptedBatch = {
  ...json(batchSchema, 'The batch goes on'),
  headers: z.object({ location: z.string().describe('the address of the batch') }),
};
const batchId = z.object({ id: z.uuid() });

/** The routes of this function in the OpenAPI document. */
export const batchPaths: ZodOpenApiPathsObject = {
  '/batches': {
    get: {
      tags: ['batches'],
      summary: 'Batches, newest first',
      requestParams: { query: batchListQuerySchema },
      responses: { '200': json(batchPageSchema, 'A page of batches'), ...problems },
    },
    post: {
      tags: ['batches'],
      summary: 'Request many operations together: a list of items, or every file beneath a directory',
      requestParams: {
        query: batchQuerySchema,
        header: stagingHeadersSchema.pick({ 'idempotency-key': true }),
      },
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: batchBodySchema },
          'application/x-ndjson': { schema: z.string().describe('one item per line') },
        },
      },
      responses: { '202': acceptedBatch, ...problems },
    },
  },
  '/batches/{id}': {
    get: {
      tags: ['batches'],
      summary: 'One batch, with a page of its operations, failed ones first',
      requestParams: { path: batchId, query: batchDetailQuerySchema },
      responses: { '200': json(batchDetailSchema, 'The batch'), ...problems },
    },
    delete: {
      tags: ['batches'],
      summary: 'Abort all unfinished operations of a batch',
      requestParams: { path: batchId },
      responses: {
        '200': json(batchSchema, 'It is ABORTED'),
        '202': json(batchSchema, 'Other processes still stop some of it'),
        ...problems,
      },
    },
  },
  '/batches/{id}/retry': {
    post: {
      tags: ['batches'],
      summary: 'Retry all operations that failed or were aborted',
      requestParams: { path: batchId },
      responses: { '202': acceptedBatch, ...problems },
    },
  },
};
