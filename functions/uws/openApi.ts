import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { operationSchema } from '../../shared/http/contract/answers/operations.ts';
import { problems } from '../../shared/http/contract/openApi.ts';
import { phases } from '../../shared/model/operation.ts';
import { dateTime, jobFormSchema } from './jobForm.ts';
import { jobPhases } from './jobList.ts';

const xml = (description: string) => ({ description, content: { 'text/xml': { schema: z.string() } } });
const text = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } });
const seeOther = (what: string) => ({
  description: `${what} is at this Location`,
  headers: z.object({ location: z.string() }),
});

/** The parameters of a job as they are usually written. */
const inUpperCase = Object.fromEntries(
  Object.entries(jobFormSchema.shape).map(([name, schema]) => [name.toUpperCase(), schema]),
);
const caseHint = 'Names are case-insensitive; DALI parameters without a meaning here are ignored';
const formSchema = z.strictObject(inUpperCase).meta({
  id: 'JobForm',
  description: `What to stage, RUNID, PHASE=RUN or ABORT, ACTION=DELETE, DESTRUCTION. ${caseHint}`,
  example: { METHOD: 'local_copy', USERNAME: 'alice', PHASE: 'RUN' },
});
const newJobSchema = z.strictObject(inUpperCase).meta({
  id: 'NewJobForm',
  description: `As JobForm; a job that is to run must have all its parameters. ${caseHint}`,
  if: { properties: { PHASE: { const: 'RUN' } }, required: ['PHASE'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: {
    properties: { METHOD: {}, LOCAL_PATH_ON_STORAGE: {}, RELATIVE_PATH: {}, PHASE: {} },
    required: ['METHOD', 'LOCAL_PATH_ON_STORAGE', 'RELATIVE_PATH'],
  },
  example: {
    METHOD: 'local_copy',
    LOCAL_PATH_ON_STORAGE: 'survey/a.fits',
    RELATIVE_PATH: 'project/a.fits',
    PHASE: 'RUN',
  },
});
const formOf = (schema: z.ZodType) => ({
  content: {
    'application/x-www-form-urlencoded': { schema },
    'multipart/form-data': { schema },
  },
});

const path = z.object({ id: z.uuid() });
const listQuery = z.object({
  PHASE: z.array(z.enum(jobPhases)).optional().describe('only jobs in one of these phases'),
  AFTER: dateTime.optional().describe('only jobs created later than this (ISO 8601)'),
  LAST: z.int().min(1).optional().describe('only this many of the newest jobs'),
});
const jobQuery = z.object({
  WAIT: z.int().min(-1).optional().describe('seconds to wait for a change of phase; -1 for the maximum, 50'),
  PHASE: z.enum(phases).optional().describe('wait only while the job is in this phase'),
});

/** One property of a job, at an address of its own (UWS 1.1 §2.2.1). */
const part = (
  operationId: string,
  summary: string,
  answer: ReturnType<typeof xml | typeof text>,
): ZodOpenApiOperationObject => ({
  operationId,
  summary,
  requestParams: { path },
  responses: { '200': answer, ...problems(404) },
});

const change = (operationId: string, summary: string): ZodOpenApiOperationObject => ({
  operationId,
  summary,
  requestParams: { path },
  requestBody: formOf(formSchema),
  responses: { '303': seeOther('The job'), ...problems(403, 404, 409, 413, 415, 422) },
});

const listOf = (operationId: string, summary: string): ZodOpenApiOperationObject => ({
  operationId,
  summary,
  requestParams: { query: listQuery },
  responses: { '200': xml('A document <uws:jobs>'), ...problems(422) },
});

const createOf = (operationId: string, summary: string): ZodOpenApiOperationObject => ({
  operationId,
  summary,
  requestBody: formOf(newJobSchema),
  responses: { '303': seeOther('The job'), ...problems(403, 409, 413, 415, 422) },
});

/** The routes of this function in the OpenAPI document. */
export const uwsPaths: ZodOpenApiPathsObject = {
  '/uws/jobs': {
    get: listOf(
      'listJobs',
      'List operations as jobs of a Universal Worker Service, newest first (IVOA UWS 1.1)',
    ),
    post: createOf('createJob', 'Create a job from a form; PHASE=RUN starts it'),
  },
  '/uws/async': {
    get: listOf('listJobsOfTap', 'The same as /uws/jobs, including all routes beneath it, for TAP clients'),
    post: createOf('createJobOfTap', 'The same as /uws/jobs'),
  },
  '/uws/jobs/{id}': {
    get: {
      operationId: 'getJob',
      summary: 'A job; with WAIT, answers when its phase has changed',
      requestParams: { path, query: jobQuery },
      responses: { '200': xml('A document <uws:job>'), ...problems(404, 422) },
    },
    post: change('changeJob', 'Change, start, abort or destroy a job'),
    delete: {
      operationId: 'destroyJob',
      summary: 'Stop a job and remove it from the list; staged data and the record stay',
      requestParams: { path },
      responses: { '303': seeOther('The list of jobs'), ...problems(403, 404) },
    },
  },
  '/uws/jobs/{id}/phase': {
    get: part('getJobPhase', 'The phase of a job', text('The phase')),
    post: change('changeJobPhase', 'Start or abort a job: PHASE=RUN or PHASE=ABORT'),
  },
  '/uws/jobs/{id}/parameters': {
    get: part('getJobParameters', 'The parameters of a job', xml('A document <uws:parameters>')),
    post: change('changeJobParameters', 'Change the parameters of a PENDING job'),
  },
  '/uws/jobs/{id}/destruction': {
    get: part('getJobDestruction', 'When a job will be destroyed', text('The time, or empty')),
    post: change('changeJobDestruction', 'Set when a job will be destroyed: DESTRUCTION='),
  },
  '/uws/jobs/{id}/executionduration': {
    get: part('getJobDuration', 'How long a job may run', text('0, which means unlimited')),
    post: change('changeJobDuration', 'Accepted without effect'),
  },
  '/uws/jobs/{id}/owner': { get: part('getJobOwner', 'The owner of a job', text('The username')) },
  '/uws/jobs/{id}/quote': {
    get: part('getJobQuote', 'The expected end of a job', text('Empty: the time is unknown')),
  },
  '/uws/jobs/{id}/error': {
    get: part('getJobError', 'Why a job has failed', text('The reason and the remedy')),
  },
  '/uws/jobs/{id}/results': {
    get: part('getJobResults', 'The results of a job', xml('A document <uws:results>')),
  },
  '/uws/jobs/{id}/results/result': {
    get: {
      operationId: 'getJobResult',
      summary: 'The operation of a COMPLETED job, with its digests',
      requestParams: {
        path,
        query: z.object({
          RESPONSEFORMAT: z
            .string()
            .optional()
            .describe('json or application/json; the default is a VOTable'),
        }),
      },
      responses: {
        '200': {
          description: 'A VOTable with one row; or JSON, if Accept or RESPONSEFORMAT asks for it',
          content: {
            'application/x-votable+xml': { schema: z.string() },
            'application/json': { schema: operationSchema },
          },
        },
        ...problems(404),
      },
    },
  },
  '/uws/capabilities': {
    get: {
      operationId: 'getCapabilities',
      summary: 'The interfaces for clients of the Virtual Observatory (IVOA VOSI 1.1)',
      responses: { '200': xml('A document <vosi:capabilities>'), ...problems() },
    },
  },
  '/uws/availability': {
    get: {
      operationId: 'getAvailability',
      summary: 'Whether the service can work (IVOA VOSI 1.1)',
      responses: { '200': xml('A document <vosi:availability>'), ...problems() },
    },
  },
};
