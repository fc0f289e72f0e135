import * as z from 'zod';
import { createDocument, type ZodOpenApiPathsObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import {
  batchBodySchema,
  batchDetailQuerySchema,
  batchDetailSchema,
  batchListQuerySchema,
  batchPageSchema,
  batchQuerySchema,
  batchSchema,
} from '../../shared/http/contract/batches.ts';
import { downloadQuerySchema } from '../../shared/http/contract/download.ts';
import {
  browseQuerySchema,
  createdFileSchema,
  createFileBodySchema,
  createFileQuerySchema,
  directoryPageSchema,
  previewQuerySchema,
  previewSchema,
} from '../../shared/http/contract/files.ts';
import {
  operationEventsQuerySchema,
  operationListQuerySchema,
  operationPageSchema,
  operationQuerySchema,
  operationSchema,
} from '../../shared/http/contract/operations.ts';
import { overviewQuerySchema, overviewSchema } from '../../shared/http/contract/overview.ts';
import { problemSchema } from '../../shared/http/contract/problem.ts';
import {
  allowedMethodsSchema,
  logLineSchema,
  logQuerySchema,
  logStreamQuerySchema,
  readinessSchema,
  siteConfigSchema,
} from '../../shared/http/contract/site.ts';
import {
  acceptedAnswerSchema,
  methodQuerySchema,
  stagedAnswerSchema,
  stagingBodySchema,
  stagingHeadersSchema,
  stagingQuerySchema,
} from '../../shared/http/contract/staging.ts';

const json = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});
const bytes = (description: string, ...types: string[]) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: z.string().meta({ format: 'binary' }) }])),
});
const xml = (element: string) => ({
  description: `A document <${element}> of IVOA UWS 1.1`,
  content: { 'text/xml': { schema: z.string() } },
});
const jobForm = {
  content: {
    'application/x-www-form-urlencoded': {
      schema: z.record(z.string(), z.string()).meta({
        description: 'What to stage, RUNID, PHASE=RUN or ABORT, ACTION=DELETE, DESTRUCTION; in any case',
        example: { METHOD: 'local_copy', USERNAME: 'alice', PHASE: 'RUN' },
      }),
    },
  },
};
const lastEventId = z.object({
  'last-event-id': z.string().optional().describe('the id of the last event that the client has'),
});
const events = (schema: z.ZodType, description: string) => ({
  description,
  headers: z.object({ 'cache-control': z.literal('no-store, no-transform') }),
  content: { 'text/event-stream': { schema } },
});
const problems: ZodOpenApiResponsesObject = {
  default: {
    description: 'What is wrong, why, and what to do about it (RFC 9457)',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
};

const replayed = {
  'idempotent-replayed': z
    .literal('true')
    .optional()
    .describe('the request came before with its Idempotency-Key, and this is its operation'),
};

const staging = (summary: string, query: z.ZodObject) => ({
  post: {
    tags: ['staging'],
    summary,
    requestParams: { query, header: stagingHeadersSchema },
    requestBody: { required: true, content: { 'application/json': { schema: stagingBodySchema } } },
    responses: {
      '200': {
        ...json(stagedAnswerSchema, 'The data was staged, or is there already'),
        headers: z.object(replayed),
      },
      '202': {
        ...json(acceptedAnswerSchema, 'The operation goes on'),
        headers: z.object({
          location: z.string().describe('where the operation is'),
          'preference-applied': z.string().optional(),
          ...replayed,
        }),
      },
      ...problems,
    },
  },
});

const downloadParameters = { path: z.object({ path: z.string() }), query: downloadQuerySchema };
const download = {
  tags: ['staging'],
  summary: 'Download a file, or a directory as a tar stream',
  requestParams: downloadParameters,
};

const acceptedBatch = {
  ...json(batchSchema, 'The batch goes on'),
  headers: z.object({ location: z.string().describe('where the batch is') }),
};
const batchId = z.object({ id: z.uuid() });
const batchPaths: ZodOpenApiPathsObject = {
  '/batches': {
    get: {
      tags: ['batches'],
      summary: 'Batches, newest first',
      requestParams: { query: batchListQuerySchema },
      responses: { '200': json(batchPageSchema, 'A page of batches'), ...problems },
    },
    post: {
      tags: ['batches'],
      summary: 'Ask for many operations at once: a list of items, or every file beneath a directory',
      requestParams: { query: batchQuerySchema },
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: batchBodySchema },
          'application/x-ndjson': { schema: z.string().describe('an item on each line') },
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
      summary: 'Abort all of a batch that has not ended',
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
      summary: 'Try all again that has failed or was aborted',
      requestParams: { path: batchId },
      responses: { '202': acceptedBatch, ...problems },
    },
  },
};

const paths: ZodOpenApiPathsObject = {
  ...batchPaths,
  '/stage_data': staging(
    'Stage by any method; direct_download answers with the file itself',
    methodQuerySchema.extend(stagingQuerySchema.shape),
  ),
  '/stage/local': staging('Stage by local_copy', stagingQuerySchema),
  '/stage/symlink': staging('Stage by symlink_copy', stagingQuerySchema),
  '/stage/jupyter': staging('Stage by jupyter_copy', stagingQuerySchema),
  '/download/{path}': {
    get: {
      ...download,
      responses: {
        '200': bytes('The whole', 'application/octet-stream', 'application/x-tar'),
        '206': bytes('The range asked for', 'application/octet-stream'),
        '303': { description: 'The data is at this Location in an object store, for an hour' },
        '304': { description: 'The client has this version' },
        ...problems,
      },
    },
    head: {
      ...download,
      summary: 'What a download would answer, without the data',
      responses: { '200': { description: 'Headers only' }, ...problems },
    },
  },
  '/operations': {
    get: {
      tags: ['operations'],
      summary: 'What was asked for and what became of it, a page at a time',
      requestParams: { query: operationListQuerySchema },
      responses: {
        '200': {
          description: 'A page of operations, or all of them as a table',
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
      summary: 'Try again what failed or was aborted, on the same record',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: {
        '202': {
          ...json(operationSchema, 'It is QUEUED for a new attempt'),
          headers: z.object({ location: z.string().describe('where the operation is') }),
        },
        ...problems,
      },
    },
  },
  '/uws/jobs': {
    get: {
      tags: ['uws'],
      summary: 'Operations as UWS jobs, newest first: PHASE, AFTER and LAST say which (IVOA UWS 1.1)',
      responses: { '200': xml('uws:jobs'), ...problems },
    },
    post: {
      tags: ['uws'],
      summary: 'Make a job of what a form says; PHASE=RUN starts it',
      requestBody: jobForm,
      responses: { '303': { description: 'The job is at this Location' }, ...problems },
    },
  },
  '/uws/jobs/{id}': {
    get: {
      tags: ['uws'],
      summary: 'A job; WAIT and PHASE wait for another phase',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: { '200': xml('uws:job'), ...problems },
    },
    post: {
      tags: ['uws'],
      summary: 'Change, start, abort or destroy a job',
      requestParams: { path: z.object({ id: z.uuid() }) },
      requestBody: jobForm,
      responses: { '303': { description: 'The job, or the list when it was destroyed' }, ...problems },
    },
    delete: {
      tags: ['uws'],
      summary: 'Stop a job and let it be no job any more; what it staged and its record stay',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: { '303': { description: 'The list of jobs is at this Location' }, ...problems },
    },
  },
  '/operations/events': {
    get: {
      tags: ['operations'],
      summary: 'How operations change, as server-sent events',
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
      summary: 'How one operation changes, as server-sent events, to its end',
      requestParams: { path: z.object({ id: z.uuid() }), header: lastEventId },
      responses: {
        '200': events(operationSchema, 'Events named operation, each with the operation as it then is'),
        '204': { description: 'It has ended, and the client has seen that' },
        ...problems,
      },
    },
  },
  '/browse': {
    get: {
      tags: ['files'],
      summary: 'A directory of the source storage, a bucket or a prefix, a page at a time',
      requestParams: { query: browseQuerySchema },
      responses: { '200': json(directoryPageSchema, 'A page of entries, by name'), ...problems },
    },
  },
  '/preview': {
    get: {
      tags: ['files'],
      summary: 'What a file begins with: a text, or the headers of FITS',
      requestParams: { query: previewQuerySchema },
      responses: { '200': json(previewSchema, 'What it holds'), ...problems },
    },
  },
  '/create-file': {
    post: {
      tags: ['files'],
      summary: 'Create a file beneath the source storage',
      requestParams: { query: createFileQuerySchema.partial() },
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: createFileBodySchema },
          'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) },
        },
      },
      responses: { '200': json(createdFileSchema, 'The file was created'), ...problems },
    },
  },
  '/logs': {
    get: {
      tags: ['site'],
      summary: 'The newest lines of the log, newest last',
      requestParams: { query: logQuerySchema },
      responses: {
        '200': { description: 'Lines for people', content: { 'text/plain': { schema: z.string() } } },
        ...problems,
      },
    },
  },
  '/logs/stream': {
    get: {
      tags: ['site'],
      summary: 'The newest lines of the log, and then each as it is written, as server-sent events',
      requestParams: { query: logStreamQuerySchema, header: lastEventId },
      responses: { '200': events(logLineSchema, 'Events named line'), ...problems },
    },
  },
  '/config': {
    get: {
      tags: ['site'],
      summary: 'What this site offers',
      responses: { '200': json(siteConfigSchema, 'Settings') },
    },
  },
  '/config/allowed-methods': {
    get: {
      tags: ['site'],
      summary: 'The staging methods of this site',
      responses: { '200': json(allowedMethodsSchema, 'Methods') },
    },
  },
  '/overview': {
    get: {
      tags: ['site'],
      summary: 'How the service is, and what it did in the last hours',
      requestParams: { query: overviewQuerySchema },
      responses: { '200': json(overviewSchema, 'Numbers for pictures; some seconds old'), ...problems },
    },
  },
  '/healthz': {
    get: {
      tags: ['site'],
      summary: 'Whether the process lives',
      responses: { '200': { description: 'It does' } },
    },
  },
  '/readyz': {
    get: {
      tags: ['site'],
      summary: 'Whether the database and the storages can be used',
      responses: {
        '200': json(readinessSchema, 'They can'),
        '503': json(readinessSchema, 'Something cannot'),
      },
    },
  },
  '/metrics': {
    get: {
      tags: ['site'],
      summary: 'Metrics of the process that answers, for Prometheus; functions on AWS Lambda have none',
      responses: {
        '200': {
          description: 'The text format of Prometheus',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...problems,
      },
    },
  },
};

/** The OpenAPI 3.1 document of the API, made from the schemas that its requests and answers go through. */
export function createOpenApiDocument(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'SKA Staging Service',
      version: '1',
      description:
        'Stages telescope data for its users, proves that it arrived whole, and keeps a record for ever.',
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    // Where this document is, also when a proxy serves it beneath a path.
    servers: [{ url: '.', description: 'this service' }],
    paths,
  });
}
