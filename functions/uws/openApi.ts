import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { problems } from '../../shared/http/contract/openApi.ts';

const xml = (element: string) => ({
  description: `A document <${element}> of IVOA UWS 1.1`,
  content: { 'text/xml': { schema: z.string() } },
});
const jobForm = {
  content: {
    'application/x-www-form-urlencoded': {
      schema: z.record(z.string(), z.string()).meta({
        description:
          'What to stage, RUNID, PHASE=RUN or ABORT, ACTION=DELETE, DESTRUCTION; names are case-insensitive',
        example: { METHOD: 'local_copy', USERNAME: 'alice', PHASE: 'RUN' },
      }),
    },
  },
};

/** The routes of this function in the OpenAPI document. */
export const uwsPaths: ZodOpenApiPathsObject = {
  '/uws/jobs': {
    get: {
      tags: ['uws'],
      summary: 'Operations as UWS jobs, newest first, filtered by PHASE, AFTER and LAST (IVOA UWS 1.1)',
      responses: { '200': xml('uws:jobs'), ...problems },
    },
    post: {
      tags: ['uws'],
      summary: 'Create a job from a form; PHASE=RUN starts it',
      requestBody: jobForm,
      responses: { '303': { description: 'The job is at this Location' }, ...problems },
    },
  },
  '/uws/jobs/{id}': {
    get: {
      tags: ['uws'],
      summary: 'A job; with WAIT and PHASE, once its phase has changed',
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
      summary: 'Stop a job and remove it from the list; staged data and the record stay',
      requestParams: { path: z.object({ id: z.uuid() }) },
      responses: { '303': { description: 'The list of jobs is at this Location' }, ...problems },
    },
  },
};
