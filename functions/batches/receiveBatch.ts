import type { Request, Response } from 'express';
import { StagingError, toStagingError } from '../../shared/errors/stagingError.ts';
import { callerOf } from '../../shared/http/callers/caller.ts';
import { rucioTokenOf } from '../../shared/http/staging/stagingHeaders.ts';
import { checkWaiting } from '../../shared/http/staging/waitingLimit.ts';
import { currentRequestId } from '../../shared/logging/logContext.ts';
import type { Batch, ReceivedBatch } from '../../shared/model/batch.ts';
import { actorFor, type Caller, checkSource, ownerFor, theService } from '../../shared/model/caller.ts';
import { findStagingMethod } from '../../shared/model/methods.ts';
import { parseNewTarget } from '../../shared/model/paths.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { parseRequestedSource } from '../../shared/staging/parseRequest.ts';
import type { Storages } from '../../shared/storage/openSource.ts';
import { readBatchBody } from './batchBody.ts';
import { batchKeyOf, checkSameBatch, fingerprintOf } from './batchKey.ts';
import { parseBatchQuery, parseMembers } from './batchOrder.ts';
import { expandDirectory } from './expandDirectory.ts';
import { withHeartbeat } from './heartbeat.ts';
import { createReceivedItems, type ReceivedItems } from './receivedItems.ts';

/** The services needed to receive a batch. */
export type ReceivingServices = Pick<Dependencies, 'config' | 'operations' | 'logger'> & Storages;

/** A requested batch, new or from an earlier request with the same Idempotency-Key. */
interface RecordedBatch {
  readonly batch: Batch;
  readonly isReplay: boolean;
}

/**
 * Receives a batch: its items are recorded as they arrive, as PENDING, and none runs before all of them are known to be
 * valid. Otherwise they are removed again, and the record keeps the reason of the refusal. A repetition with the same
 * Idempotency-Key returns the first batch.
 * @throws StagingError for an invalid request
 */
export async function receiveBatch(
  request: Request,
  response: Response,
  services: ReceivingServices,
): Promise<RecordedBatch> {
  const caller = callerOf(response);
  const { batches } = services.operations;
  const { batch, isNew } = await recordBatch(request, caller, services);
  if (!isNew) {
    await checkSameBatch(request, batch, services.config.limits);
    return { batch, isReplay: true };
  }
  try {
    const received = await withHeartbeat(batch.id, services, () => receive(request, caller, batch, services));
    if (!(await batches.accept(batch, received))) throw new StagingError('ABORTED');
  } catch (thrown) {
    // The rest of the body must be received, or the client would not read the answer.
    request.resume();
    await refuseBatch(batch.id, toStagingError(thrown), services);
    throw thrown;
  }
  return { batch: (await batches.find(batch.id, theService)) ?? batch, isReplay: false };
}

/** Records that a batch is received; a repetition with its Idempotency-Key is already recorded. */
async function recordBatch(request: Request, caller: Caller, { operations: { batches } }: ReceivingServices) {
  const { method, username: given } = request.query;
  const username = ownerFor(caller, typeof given === 'string' ? given : null);
  const idempotencyHash = batchKeyOf(request, username);
  const asked = {
    method: typeof method === 'string' ? (findStagingMethod(method) ?? method) : null,
    username,
    actor: actorFor(caller, username),
    requestId: currentRequestId() ?? null,
  };
  return idempotencyHash === undefined
    ? { batch: await batches.create(asked), isNew: true }
    : batches.createOnce({ ...asked, idempotencyHash });
}

/** Ends a batch that was not accepted, and removes its items. */
export async function refuseBatch(
  id: string,
  error: StagingError,
  { operations: { batches } }: Pick<Dependencies, 'operations'>,
): Promise<void> {
  await batches.removeItems(id);
  const phase = error.code === 'ABORTED' ? 'ABORTED' : 'ERROR';
  await batches.refuse(id, { phase, errorCode: error.code, errorReason: error.message });
}

async function receive(
  request: Request,
  caller: Caller,
  batch: Batch,
  services: ReceivingServices,
): Promise<ReceivedBatch> {
  const { config, operations } = services;
  const order = parseBatchQuery(request.query, caller, config);
  await using received = createReceivedItems(caller, config, (items) =>
    operations.batches.addItems(batch, items),
  );
  const members = new Map(order.members);
  const fingerprint = fingerprintOf(request);
  for await (const parts of readBatchBody(request, config.limits.maxBatchBytes, fingerprint.update)) {
    for (const part of parts) {
      if (part.kind === 'item') received.take(part.value);
      else members.set(part.name, part.value);
    }
    await received.write();
  }
  if (request.is('application/x-ndjson')) members.set('items', []);
  const { directory, relativePath, allOrNothing, lifetimeSeconds } = parseMembers(order, members);
  const folder = relativePath === null ? undefined : parseNewTarget(relativePath, config);
  if (directory !== null) await takeFiles(received, directory, relativePath ?? '', request, caller, services);
  else if (allOrNothing) received.checkWhole(order.method);
  const operationsTotal = await received.end();
  await checkWaiting(services, batch.username ?? '', operationsTotal);
  if (folder) received.checkBeneath(folder);
  const requestSha256 = fingerprint.digest();
  return { directory, relativePath, allOrNothing, lifetimeSeconds, operationsTotal, requestSha256 };
}

/** Adds every file beneath a directory as an item. */
async function takeFiles(
  received: ReceivedItems,
  directory: string,
  relativePath: string,
  request: Request,
  caller: Caller,
  services: ReceivingServices,
): Promise<void> {
  const left = new AbortController();
  request.res?.once('close', () => left.abort(new StagingError('CLIENT_CLOSED')));
  const rucioToken = rucioTokenOf(request, services.config);
  const source = parseRequestedSource({ sourcePath: directory, rucioToken }, services.config);
  checkSource(caller, source, 'stage', services.config.identity.projects);
  const [from, to] = [directory, relativePath].map((path) => path.replace(/\/+$/, ''));
  for await (const files of expandDirectory(source, services, left.signal)) {
    for (const { source: found, target, isWhole } of files) {
      received.take({
        local_path_on_storage: isWhole ? found : `${from}/${found}`,
        relative_path: `${to}/${target}`,
      });
    }
    await received.write();
  }
}
