import { type Request, type RequestHandler, type Response, Router } from 'express';
import * as z from 'zod';
import { findErrorDefinition } from '../../shared/errors/errorTable.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { Transport } from '../../shared/http/answers/transport.ts';
import { onlyMethods, rememberOperation } from '../../shared/http/app.ts';
import { callerOf, viewerFor } from '../../shared/http/callers.ts';
import { operationJson } from '../../shared/http/contract/operations.ts';
import { publicUrl } from '../../shared/http/publicUrls.ts';
import { readIdempotencyKey } from '../../shared/http/staging/stagingCall.ts';
import { waitForPhase } from '../../shared/http/staging/waitForOperation.ts';
import { onlyQueryInAnyCase, parsePart } from '../../shared/http/validation.ts';
import type { Viewer } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { UserView } from '../../shared/model/operations/userView.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { changeJob, createJob, destroyJob } from './changeJob.ts';
import { readFormBody } from './formBody.ts';
import { ignoredParameters, parseJobForm } from './jobForm.ts';
import { jobListQuerySchema, listJobs, valuesOf } from './jobList.ts';
import { jobListXml, jobXml, parametersXml, resultsXml, resultVotable } from './jobXml.ts';
import { createVosiRouter } from './vosi.ts';

/** The properties of a job that have their own address (UWS 1.1 §2.2.1). */
type JobPart = (job: Operation, response: Response, jobsUrl: string, site: UserView) => void;

/** `/uws/jobs`: operations as jobs of a Universal Worker Service (IVOA UWS 1.1). */
export function createUwsRouter(services: Dependencies, transport: Transport): Router {
  const { operations, operationWatch: watch, atShutDown } = services;
  atShutDown(async () => watch.close());
  const router = Router();
  router.use(createVosiRouter(services));
  router
    .route(beneath(''))
    .get(onlyQueryInAnyCase(jobListQuerySchema, ignoredParameters), async (request, response) => {
      const jobs = await listJobs(operations, queryOf(request), viewerFor(response));
      sendXml(response, jobListXml(jobs, jobsUrlOf(response)));
    })
    .post(onlyIgnored, async (request, response) => {
      const form = parseJobForm(await readFormBody(request, response, services.config.limits.maxBodyBytes));
      const { job, isReplay } = await createJob(services, form, {
        caller: callerOf(response),
        idempotencyKey: readIdempotencyKey(request),
        onRecord: (id) => rememberOperation(response.locals, id),
      });
      if (isReplay) response.set('Idempotent-Replayed', 'true');
      seeOther(response, `${jobsUrlOf(response)}/${job.id}`);
    })
    .all(onlyMethods('GET', 'HEAD', 'POST'));
  router
    .route(beneath('/:id'))
    .get(onlyQueryInAnyCase(jobQuerySchema, ignoredParameters), async (request, response) => {
      const job = await findJob(operations, request.params.id, viewerFor(response));
      const requested = waitOf(queryOf(request), job);
      const waited = await waitForPhase({ operations, watch }, job, response, { requested, ...transport });
      sendXml(response, jobXml(waited, jobsUrlOf(response)));
    })
    .post(onlyIgnored, changeByForm(services))
    .delete(onlyIgnored, async (request, response) => {
      await destroyJob(services, await findJob(operations, request.params.id, viewerFor(response)));
      seeOther(response, jobsUrlOf(response));
    })
    .all(onlyMethods('GET', 'HEAD', 'POST', 'DELETE'));
  for (const [name, send] of Object.entries(jobParts)) {
    const route = router.route(beneath(`/:id/${name}`)).get(onlyIgnored, async (request, response) => {
      const job = await findJob(operations, request.params.id, viewerFor(response));
      send(job, response, jobsUrlOf(response), services.config);
    });
    if (changeableParts.includes(name)) route.post(onlyIgnored, changeByForm(services));
    route.all(onlyMethods('GET', 'HEAD', ...(changeableParts.includes(name) ? ['POST'] : [])));
  }
  return router;
}

/** TAP clients, such as pyvo, expect the jobs of a service at `/async`. */
const beneath = (path: string) => [`/uws/jobs${path}`, `/uws/async${path}`];

const onlyIgnored = onlyQueryInAnyCase(z.object({}), ignoredParameters);

const changeableParts = ['phase', 'parameters', 'destruction', 'executionduration'];

const jobParts: Readonly<Record<string, JobPart>> = {
  phase: ({ phase }, response) => sendText(response, phase),
  owner: ({ username }, response) => sendText(response, username ?? ''),
  // An empty value means unknown, which is always the case here.
  quote: (_job, response) => sendText(response, ''),
  executionduration: (_job, response) => sendText(response, '0'),
  destruction: ({ destructionAt }, response) => sendText(response, destructionAt?.toISOString() ?? ''),
  parameters: (job, response) => sendXml(response, parametersXml(job)),
  results: (job, response, jobsUrl) => sendXml(response, resultsXml(job, jobsUrl)),
  'results/result': (job, response, _jobsUrl, site) => {
    if (job.phase !== 'COMPLETED') throw new StagingError('ROUTE_NOT_FOUND', { path: 'results/result' });
    response.vary('Accept');
    if (wantsJson(response.req)) response.json(operationJson(job, site));
    else response.type('application/x-votable+xml').send(resultVotable(job, site));
  },
  error: ({ errorCode, errorReason }, response) => {
    const remedy = findErrorDefinition(errorCode)?.remedy;
    sendText(response, [errorReason, remedy].filter(Boolean).join('\n'));
  },
};

function changeByForm(services: Dependencies): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const form = parseJobForm(await readFormBody(request, response, services.config.limits.maxBodyBytes));
    const job = await findJob(services.operations, request.params.id, viewerFor(response));
    rememberOperation(response.locals, job.id);
    const jobsUrl = jobsUrlOf(response);
    if (form.action === 'DELETE') await destroyJob(services, job);
    else await changeJob(services, job, form, callerOf(response));
    seeOther(response, form.action === 'DELETE' ? jobsUrl : `${jobsUrl}/${job.id}`);
  };
}

/** @throws OPERATION_NOT_FOUND, also when the job was destroyed */
async function findJob(
  operations: Dependencies['operations'],
  given: unknown,
  viewer: Viewer,
): Promise<Operation> {
  const id = z.uuid().toLowerCase().safeParse(given).data;
  const job = id === undefined ? null : await operations.find(id, viewer);
  const isDestroyed = job?.destructionAt != null && job.destructionAt.getTime() <= Date.now();
  if (!job || isDestroyed) throw new StagingError('OPERATION_NOT_FOUND', { id: String(given).slice(0, 100) });
  return job;
}

/**
 * Clients of the Virtual Observatory expect a VOTable, and request other formats by RESPONSEFORMAT (DALI 1.1 §3.4.3).
 */
function wantsJson(request: Request): boolean {
  const [format] = valuesOf(queryOf(request), 'responseformat');
  if (format !== undefined) return /^(?:application\/)?json\b/i.test(format);
  return (
    request.accepts(['application/x-votable+xml', 'text/xml', 'application/json']) === 'application/json'
  );
}

const jobQuerySchema = z.object({
  wait: z.coerce.number().int().min(-1).default(0),
  phase: z.array(z.string()),
});

/** How many seconds a client wants to wait; 0 if the job is not in the given phase (UWS 1.1 §2.2.1.1). */
function waitOf(parameters: URLSearchParams, { phase }: Operation): number {
  const schema = jobQuerySchema.shape.wait;
  const wait = parsePart({ name: 'query.WAIT', value: valuesOf(parameters, 'wait')[0], schema });
  const phases = valuesOf(parameters, 'phase');
  return phases.length > 0 && !phases.includes(phase) ? 0 : wait;
}

const queryOf = (request: Request) => new URLSearchParams(request.url.split('?')[1] ?? '');

/** Clients follow these unchanged, so they must be absolute. */
const jobsUrlOf = (response: Response) => publicUrl(response, '/uws/jobs');

function seeOther(response: Response, url: string): void {
  response.location(url).status(303).end();
}

function sendXml(response: Response, xml: string): void {
  response.type('text/xml').send(xml);
}

function sendText(response: Response, text: string): void {
  response.type('text/plain').send(text);
}
