import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { events, json, lastEventId, problems } from '../../shared/http/contract/openApi.ts';
import {
  operationEventsQuerySchema,
  operationListQuerySchema,
  operationPageSchema,
  operationQuerySchema,
  operationSchema,
} from '../../shared/http/contract/operations.ts';

/** The routes of this function in the OpenAPI document. */
export const operationPaths: ZodOpenApiPathsObject = {
  '/operations': {
    get: {
      tags: ['operations'],
      summary: 'The record of operations, in pages',
      requestParams: { query: operationListQuerySchema },
      responses: {
        '200': {
          description: 'A page of operations, or all of them as CSV',
          content: {
            'application/json': { schema: operationPageSchema },
            'text/csv': { schema: z.string() },
          },
        },
        ...problems,
      },
    },
  },
  '/operations/{id}': {
    get: {
      tags: ['operations'],
      summary: 'One operation',
      requestParams: { path: z.object({ id: z.uuid() }), query: operationQuerySchema },
      responses: { '200': json(operationSchema, 'The operation'), ...problems },
    },
    delete: {
      tags: ['operations'],
      summary: 'Abort an operation',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '200': json(operationSchema, 'It is ABORTED, and nothing of it is left'),
        '202': json(operationSchema, 'Another process runs it, and was told to stop'),
        ...problems,
      },
    },
  },
  '/operations/{id}/retry': {
    post: {
      tags: ['operations'],
      summary: 'Retry an operation that failed or was aborted, on the same record',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '202': {
          ...json(operationSchema, 'It is QUEUED for a new attempt'),
          headers: z.object({ location: z.string().describe('the address of the operation') }),
        },
        ...problems,
      },
    },
  },
  '/operations/events': {
    get: {
      tags: ['operations'],
      summary: 'Changes of all operations, as server-sent events',
      requestParams: { query: operationEventsQuerySchema, header: lastEventId },
      responses: {
        '200': events(operationSchema, 'Events named operation, each with an operation as it then is'),
        ...problems,
      },
    },
  },
  '/operations/{id}/events': {
    get: {
      tags: ['operations'],
      summary: 'Changes of one operation until its end, as server-sent events',
      requestParams: { path: z.object({ id: z.uuid() }), header: lastEventId },
      responses: {
        '200': events(operationSchema, 'Events named operation, each with the operation as it then is'),
        '204': { description: 'It has ended, and the client has seen its end' },
        ...problems,
      },
    },
  },
};
