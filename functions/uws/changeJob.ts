import { StagingError, toStagingError } from '../../shared/errors/stagingError.ts';
import { abortOperation, failureOf } from '../../shared/executor/run/operationEnd.ts';
import { checkWaiting } from '../../shared/http/staging/waitingLimit.ts';
import { invalidRequest } from '../../shared/http/validation.ts';
import { currentRequestId } from '../../shared/logging/logContext.ts';
import { actorFor, type Caller, checkSource, theService, userFor } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { recordedRequest } from '../../shared/staging/parseRequest.ts';
import { applyJobForm, type JobForm } from './jobForm.ts';

type JobServices = Pick<Dependencies, 'operations' | 'executor' | 'config'>;

/** The context in which a job is created. */
interface JobCreation {
  /** The client's Idempotency-Key. Keys are separate for each user, and for requests without a user. */
  readonly caller: Caller;
  readonly idempotencyKey: string | undefined;
  onRecord(id: string): void;
}

/** A job that was created, now or by an earlier request with the same key. */
interface CreatedJob {
  readonly job: Operation;
  readonly isReplay: boolean;
}

/**
 * Creates a job from a form: PENDING, or run immediately if the form says so. Its id is reported as soon as it has one.
 * @throws StagingError the error of a job that should run immediately; it is recorded as ERROR
 */
export async function createJob(
  services: JobServices,
  form: JobForm,
  { caller, idempotencyKey, onRecord }: JobCreation,
): Promise<CreatedJob> {
  const { operations } = services;
  const requestId = currentRequestId() ?? null;
  const username = userFor(caller, form.username) ?? null;
  const actor = actorFor(caller, username);
  const asked = { ...applyJobForm(form), username, actor, requestId, phase: 'PENDING' as const };
  const { operation: job, isNew } =
    idempotencyKey === undefined
      ? { operation: await operations.create(asked), isNew: true }
      : await operations.createOnce({ ...asked, username: username ?? '', idempotencyKey });
  onRecord(job.id);
  if (!isNew) return { job, isReplay: true };
  if (form.destruction) await operations.setDestruction(job.id, form.destruction);
  if (form.phase === 'ABORT') await operations.endPending(job.id, failureOf(new StagingError('ABORTED')));
  if (form.phase !== 'RUN') return { job, isReplay: false };
  try {
    await runJob(services, job, caller);
  } catch (error) {
    await operations.endPending(job.id, failureOf(toStagingError(error)));
    throw error;
  }
  return { job, isReplay: false };
}

/**
 * Applies a form to a job: its parameters, its destruction, its phase.
 * @throws USERNAME_FORBIDDEN, JOB_STARTED if it is too late for that, OPERATION_ENDED, or the error of a job that
 * should run
 */
export async function changeJob(
  services: JobServices,
  job: Operation,
  form: JobForm,
  caller: Caller,
): Promise<void> {
  userFor(caller, form.username);
  const { operations } = services;
  const { phase, action, destruction, executionduration, ...request } = form;
  const isRevised = Object.keys(request).length > 0;
  const revised = isRevised ? await reviseJob(services, job, form) : job;
  if (destruction) await operations.setDestruction(job.id, destruction);
  if (phase === 'RUN') await runJob(services, revised, caller);
  if (phase === 'ABORT') await abortOperation(services, job);
}

/** Aborts an unfinished job, and removes it from the jobs. Its staged data and its record stay. */
export async function destroyJob(services: JobServices, job: Operation): Promise<void> {
  await services.operations.setDestruction(job.id, new Date());
  await abortOperation(services, job).catch((error: unknown) => {
    if (!(error instanceof StagingError) || error.code !== 'OPERATION_ENDED') throw error;
  });
}

async function reviseJob({ operations }: JobServices, job: Operation, form: JobForm): Promise<Operation> {
  const request = { ...applyJobForm(form, job), requestId: job.requestId };
  const revised = await operations.revise(job.id, request);
  if (revised.phase !== 'PENDING') throw new StagingError('JOB_STARTED', { phase: revised.phase });
  return revised;
}

async function runJob(
  { operations, executor, config }: JobServices,
  job: Operation,
  caller: Caller,
): Promise<void> {
  if (job.phase === 'PENDING') checkWhole(job);
  if (job.phase === 'PENDING') {
    const { method, request } = recordedRequest(job, config);
    checkSource(caller, request.source, 'stage', config.identity.projects);
    if (!config.allowedMethods.includes(method)) throw new StagingError('INVALID_METHOD', { method });
  }
  await checkWaiting({ operations, config }, job.username ?? '', 1);
  const isBegun = await operations.begin(job.id);
  const begun = (await operations.find(job.id, theService)) ?? job;
  if (!isBegun) throw new StagingError('JOB_STARTED', { phase: begun.phase });
  executor.submit([begun]);
}

/** @throws BODY_INVALID if the job lacks parameters */
function checkWhole({ method, username, localPathOnStorage, relativePath }: Operation): void {
  const needed = { method, username, local_path_on_storage: localPathOnStorage, relative_path: relativePath };
  const missing = Object.entries(needed).filter(([, value]) => value === null);
  if (missing.length === 0) return;
  throw invalidRequest(missing.map(([name]) => ({ path: `parameters.${name}`, message: 'is missing' })));
}
