import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Limits } from '../../shared/config/limitConfig.ts';
import { StagingError, toStagingError } from '../../shared/errors/stagingError.ts';
import { callerOf } from '../../shared/http/callers.ts';
import { readIdempotencyKey } from '../../shared/http/staging/stagingCall.ts';
import { rucioTokenOf } from '../../shared/http/staging/stagingHeaders.ts';
import { checkWaiting } from '../../shared/http/staging/waitingLimit.ts';
import { currentRequestId } from '../../shared/logging/logContext.ts';
import type { Batch, ReceivedBatch } from '../../shared/model/batch.ts';
import { actorFor, type Caller, checkSource, ownerFor, theService } from '../../shared/model/caller.ts';
import { displayName } from '../../shared/model/fileName.ts';
import { findStagingMethod } from '../../shared/model/methods.ts';
import { parseNewTarget } from '../../shared/model/paths.ts';
import { idempotencyHash } from '../../shared/record/idempotency.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { parseRequestedSource } from '../../shared/staging/parseRequest.ts';
import { openSource, type Storages } from '../../shared/storage/openSource.ts';
import { bodyBytes, readBatchBody } from './batchBody.ts';
import { parseBatchQuery, parseMembers } from './batchOrder.ts';
import { refuseBatch, withHeartbeat } from './batchState.ts';
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

async function receive(
  request: Request,
  caller: Caller,
  batch: Batch,
  services: ReceivingServices,
): Promise<ReceivedBatch> {
  const { config, operations } = services;
  const order = parseBatchQuery(request, caller, config);
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

/**
 * Adds the files beneath a directory or a prefix, at any depth, as items in the order of the walk. Links are followed
 * inside the storage, as when the directory is staged alone. Folders without files are not included.
 * @throws BODY_INVALID if it is a single file; and like `openSource` and the walk
 */
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
  const sourcePath = parseRequestedSource({ sourcePath: directory, rucioToken }, services.config);
  checkSource(caller, sourcePath, 'stage', services.config.identity.projects);
  await using source = await openSource(sourcePath, services, left.signal);
  if (source.kind === 'file') {
    const errors = [{ path: 'body.directory', message: 'is one file; stage it by itself' }];
    throw new StagingError('BODY_INVALID', { reason: 'body.directory: is a file' }, { errors });
  }
  const [from, to] = [directory, relativePath].map((path) => path.replace(/\/+$/, ''));
  for await (const step of source.steps(left.signal)) {
    left.signal.throwIfAborted();
    if (step.kind !== 'file') continue;
    const target = displayName(step.path.join('/'));
    // A file of a dataset has a name of its own: it is not beneath the dataset.
    const { path, isBeneathTree } = step.asSource ?? { path: target, isBeneathTree: true };
    received.take({
      local_path_on_storage: isBeneathTree ? `${from}/${path}` : path,
      relative_path: `${to}/${target}`,
    });
    await received.write();
  }
}

/** The hash of a request's Idempotency-Key, for the user that it belongs to; undefined without one. @throws IDEMPOTENCY_KEY_INVALID */
function batchKeyOf(request: Request, username: string | null): string | undefined {
  const key = readIdempotencyKey(request);
  return key === undefined ? undefined : idempotencyHash('batch', String(username), key);
}

/** The fingerprint of a request, computed as its body arrives: SHA-256 in hex, of the method, the query, the content type and the body. */
function fingerprintOf(request: Request) {
  const { method, username, all_or_nothing, relative_path } = request.query;
  const said = [method, username, all_or_nothing, relative_path, request.get('content-type')];
  const hash = createHash('sha256').update(JSON.stringify(said));
  return { update: (chunk: Buffer) => void hash.update(chunk), digest: () => hash.digest('hex') };
}

/**
 * Checks that a request is the one that created this batch, by reading all of it.
 * @throws IDEMPOTENCY_KEY_REUSED, REQUEST_UNFINISHED
 */
async function checkSameBatch(
  request: Request,
  first: Batch,
  { maxBatchBytes }: Pick<Limits, 'maxBatchBytes'>,
): Promise<void> {
  const fingerprint = fingerprintOf(request);
  for await (const chunk of bodyBytes(request, maxBatchBytes)) fingerprint.update(chunk);
  if (first.requestSha256 === null) throw new StagingError('REQUEST_UNFINISHED');
  if (first.requestSha256 !== fingerprint.digest()) {
    throw new StagingError('IDEMPOTENCY_KEY_REUSED', { id: first.id });
  }
}
