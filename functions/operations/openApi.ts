import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  computingDigestsSchema,
  operationPageSchema,
  operationSchema,
  stagedDigestsSchema,
  stagedStateSchema,
} from '../../shared/http/contract/answers/operations.ts';
import { events, json, lastEventId, problems } from '../../shared/http/contract/openApi.ts';
import {
  operationEventsQuerySchema,
  operationListQuerySchema,
  operationQuerySchema,
  stagedDigestsQuerySchema,
} from '../../shared/http/contract/operations.ts';

const example = {
  id: '01a20a18-fadf-7357-b1ff-12091a8ad6c7',
  phase: 'COMPLETED',
  outcome: 'staged',
  present: null,
  method: 'local_copy',
  username: 'alice',
  actor: null,
  local_path_on_storage: 'survey/a.fits',
  relative_path: 'project/a.fits',
  error_code: null,
  error_reason: null,
  error_class: null,
  remedy: null,
  retryable: false,
  request_id: 'a0c5d6d4-3c0e-4b5e-9d1c-8c2a6c2f6a17',
  waiting_for: null,
  batch_id: null,
  bytes_total: 5760,
  bytes_done: 5760,
  files_total: 1,
  files_done: 1,
  rate_bytes_per_second: null,
  seconds_left: null,
  sha256: 'b6d81b360a5672d80c27430f39153e2c2b7b4e3f0a6e6fe8b1a4c4e3ac3bba3c',
  adler32: '0a1b2c3d',
  md5: null,
  source_location: null,
  range_requests: null,
  location: '/storage/user_areas/alice/project/a.fits',
  notebook_path: null,
  open_url: null,
  link_type: null,
  attempts: 1,
  created_at: '2026-11-23T12:00:00.000Z',
  started_at: '2026-11-23T12:00:00.010Z',
  finished_at: '2026-11-23T12:00:00.040Z',
  expires_at: null,
  removed_at: null,
  removed_by: null,
  removal_reason: null,
  data: 'present',
} satisfies z.output<typeof operationSchema>;

/** The routes of this function in the OpenAPI document. */
export const operationPaths: ZodOpenApiPathsObject = {
  '/operations': {
    get: {
      operationId: 'listOperations',
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
        ...problems(422),
      },
    },
  },
  '/operations/{id}': {
    get: {
      operationId: 'getOperation',
      summary: 'One operation',
      requestParams: { path: z.object({ id: z.uuid() }), query: operationQuerySchema },
      responses: {
        '200': {
          description: 'The operation',
          content: { 'application/json': { schema: operationSchema, example } },
        },
        ...problems(404, 422),
      },
    },
    delete: {
      operationId: 'abortOperation',
      summary: 'Abort an operation',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '200': json(operationSchema, 'The operation is ABORTED, and no partial data is left behind'),
        '202': json(
          operationSchema,
          'The abort was requested; another process runs the operation and stops it',
        ),
        ...problems(403, 404, 409),
      },
    },
  },
  '/operations/{id}/retry': {
    post: {
      operationId: 'retryOperation',
      summary: 'Retry an operation that failed or was aborted, on the same record',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '202': {
          ...json(operationSchema, 'The operation is QUEUED for a new attempt'),
          headers: z.object({ location: z.string().describe('the address of the operation') }),
        },
        ...problems(403, 404, 409),
      },
    },
  },
  '/operations/{id}/data': {
    get: {
      operationId: 'getData',
      summary: 'The state of the data that an operation has staged',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '200': json(stagedStateSchema, 'Whether the data is present and unchanged'),
        ...problems(404, 409),
      },
    },
    delete: {
      operationId: 'removeData',
      summary: 'Remove the data that an operation has staged, if it is unchanged',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '200': json(operationSchema, 'The data was removed, and the operation records that'),
        ...problems(403, 404, 409, 410),
      },
    },
  },
  '/operations/{id}/digests': {
    get: {
      operationId: 'getDigests',
      summary: 'The SHA-256 of every file that an operation has staged',
      requestParams: { path: z.object({ id: z.uuid() }), query: stagedDigestsQuerySchema },
      responses: {
        '200': {
          description: 'The digests',
          content: {
            'application/json': { schema: stagedDigestsSchema },
            'text/plain': { schema: z.string() },
          },
        },
        '202': json(computingDigestsSchema, 'The digests are being computed: repeat the request'),
        ...problems(404, 409, 410, 422),
      },
    },
  },
  '/operations/events': {
    get: {
      operationId: 'streamOperations',
      summary: 'Changes of all operations, as server-sent events',
      requestParams: { query: operationEventsQuerySchema, header: lastEventId },
      responses: {
        '200': events(operationSchema, 'Events named operation, each with the current state of an operation'),
        ...problems(422),
      },
    },
  },
  '/operations/{id}/events': {
    get: {
      operationId: 'streamOperation',
      summary: 'Changes of one operation until its end, as server-sent events',
      requestParams: { path: z.object({ id: z.uuid() }), header: lastEventId },
      responses: {
        '200': events(
          operationSchema,
          'Events named operation, each with the current state of the operation',
        ),
        '204': { description: 'The operation has ended, and the client has received the last event' },
        ...problems(404),
      },
    },
  },
};
