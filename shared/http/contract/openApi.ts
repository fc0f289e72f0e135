import * as z from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { errorTable } from '../../errors/errorTable.ts';
import { acceptedAnswerSchema, stagedAnswerSchema } from './answers/operations.ts';
import { type Problem, problemSchema } from './answers/problem.ts';
import { stagingBodySchema, stagingHeadersSchema } from './staging.ts';

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
  'last-event-id': z.string().optional().describe('the id of the last event that the client has received'),
});

/** The statuses of client errors, each with the name of its answer in the document. */
const problemNames = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  413: 'ContentTooLarge',
  415: 'UnsupportedMediaType',
  416: 'RangeNotSatisfiable',
  421: 'MisdirectedRequest',
  422: 'UnprocessableContent',
} as const;

/** The answers for unauthenticated and unauthorised callers. */
export const accessProblems = { 401: problemNames[401], 403: problemNames[403] } as const;

type ProblemStatus = keyof typeof problemNames;

const exampleOfProblem = {
  type: 'urn:ska-staging-service:error:SOURCE_NOT_FOUND',
  title: 'Source not found',
  status: 400,
  detail: 'Source path does not exist: survey/a.fit',
  instance: '/stage_data',
  code: 'SOURCE_NOT_FOUND',
  class: 'permanent',
  retryable: false,
  remedy: 'Check the spelling with GET /browse. Paths are relative to the source storage.',
} satisfies Problem;

/** One object for each status, so that the document contains each once. */
const problemAnswers = new Map(
  Object.entries(problemNames).map(([status, id]) => [status, problemAnswer(id, codesOf(Number(status)))]),
);
const otherProblem = problemAnswer('OtherProblem', 'Any other error.');

/** The error responses of a route. Every route may answer 400 and 421. */
export function problems(...statuses: readonly ProblemStatus[]): ZodOpenApiResponsesObject {
  const answers = [400, ...statuses, 421].flatMap((status) => {
    const answer = problemAnswers.get(String(status));
    return answer ? [[String(status), answer] as const] : [];
  });
  return { ...Object.fromEntries(answers), default: otherProblem };
}

function problemAnswer(id: string, which: string): ZodOpenApiResponseObject {
  return {
    id,
    description: `${which} The body states the reason and the remedy (RFC 9457).`,
    content: { 'application/problem+json': { schema: problemSchema, example: exampleOfProblem } },
  };
}

function codesOf(status: number): string {
  const codes = Object.entries(errorTable).filter(([, definition]) => definition.status === status);
  return `One of ${codes.map(([code]) => code).join(', ')}.`;
}

const replayed = {
  'idempotent-replayed': z
    .literal('true')
    .optional()
    .describe(
      'true if the request repeats an earlier one with the same Idempotency-Key; the response has the operation of the first request',
    ),
};

/** A route that stages; it may have answers other than the operation. */
export const stagingPath = (
  operationId: string,
  summary: string,
  query: z.ZodObject,
  otherAnswers: ReturnType<typeof bytes>['content'] = {},
): ZodOpenApiPathsObject[string] => ({
  post: {
    operationId,
    summary,
    requestParams: { query, header: stagingHeadersSchema },
    requestBody: { required: true, content: { 'application/json': { schema: stagingBodySchema } } },
    responses: {
      '200': {
        description: 'The data was staged, or was already present',
        content: { 'application/json': { schema: stagedAnswerSchema }, ...otherAnswers },
        headers: z.object(replayed),
      },
      '202': {
        ...json(acceptedAnswerSchema, 'The operation was accepted, and continues'),
        headers: z.object({
          location: z.string().describe('the address of the operation'),
          'preference-applied': z.string().optional(),
          ...replayed,
        }),
      },
      ...problems(401, 403, 404, 409, 413, 415, 422),
    },
  },
});
