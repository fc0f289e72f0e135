import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { logLineSchema } from '../../shared/http/contract/answers/site.ts';
import { events, lastEventId, problems } from '../../shared/http/contract/openApi.ts';
import { logQuerySchema, logStreamQuerySchema } from '../../shared/http/contract/site.ts';

/** The routes of this function in the OpenAPI document. */
export const logPaths: ZodOpenApiPathsObject = {
  '/logs': {
    get: {
      operationId: 'readLog',
      summary: 'The newest lines of the log, newest last',
      requestParams: { query: logQuerySchema },
      responses: {
        '200': { description: 'Readable lines', content: { 'text/plain': { schema: z.string() } } },
        ...problems(404, 422),
      },
    },
  },
  '/logs/stream': {
    get: {
      operationId: 'streamLog',
      summary: 'The newest lines of the log, and then new ones, as server-sent events',
      requestParams: { query: logStreamQuerySchema, header: lastEventId },
      responses: { '200': events(logLineSchema, 'Events named line'), ...problems(404, 422) },
    },
  },
};
