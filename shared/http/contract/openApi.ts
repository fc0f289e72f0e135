import * as z from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { problemSchema } from './problem.ts';
import {
  acceptedAnswerSchema,
  stagedAnswerSchema,
  stagingBodySchema,
  stagingHeadersSchema,
} from './staging.ts';

// Building blocks of route descriptions (OpenAPI 3.1), so that each function can describe its own routes.

/** An answer in JSON. */
export const json = (schema: z.ZodType, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer that is data. */
export const bytes = (description: string, ...types: string[]) => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, { schema: z.string().meta({ format: 'binary' }) }])),
});

/** An answer that is a stream of server-sent events. */
export const events = (schema: z.ZodType, description: string) => ({
  description,
  headers: z.object({ 'cache-control': z.literal('no-store, no-transform') }),
  content: { 'text/event-stream': { schema } },
});

/** The header with which a client of such a stream reconnects. */
export const lastEventId = z.object({
  'last-event-id': z.string().optional().describe('the id of the last event that the client has'),
});

/** The answers of all failed requests. */
export const problems: ZodOpenApiResponsesObject = {
  default: {
    description: 'The error, its reason and its remedy (RFC 9457)',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
};

const replayed = {
  'idempotent-replayed': z
    .literal('true')
    .optional()
    .describe('the request is a repetition with the same Idempotency-Key, and this is its operation'),
};

/** A route that stages. */
export const stagingPath = (summary: string, query: z.ZodObject): ZodOpenApiPathsObject[string] => ({
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
          location: z.string().describe('the address of the operation'),
          'preference-applied': z.string().optional(),
          ...replayed,
        }),
      },
      ...problems,
    },
  },
});
