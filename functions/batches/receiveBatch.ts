import type { Request } from 'express';
import { findStagingMethod } from '../../shared/config/methods.ts';
import type { Dependencies } from '../../shared/dependencies.ts';
import { StagingError, toStagingError } from '../../shared/errors/stagingError.ts';
import { currentRequestId } from '../../shared/logging/logContext.ts';
import type { Batch, ReceivedBatch } from '../../shared/operations/batch.ts';
import type { Storages } from '../../shared/storage/openSource.ts';
import { parseTargetPath } from '../../shared/storage/paths.ts';
import { parseSource } from '../../shared/storage/s3/s3Location.ts';
import { readBatchBody } from './batchBody.ts';
import { invalid, parseBatchQuery, parseMembers } from './batchOrder.ts';
import { expandDirectory } from './expandDirectory.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { whileAlive } from './whileAlive.ts';

/** What receiving a batch needs of the service. */
export type ReceivingServices = Pick<Dependencies, 'config' | 'operations' | 'logger'> & Storages;

/**
 * Receives a batch: its items are recorded as they arrive, as PENDING, and none runs before all of them are known to be
 * in order. Otherwise they are removed again, and of the batch the record keeps why it was refused.
 * @throws StagingError what is wrong with the request
 */
export async function receiveBatch(request: Request, services: ReceivingServices): Promise<Batch> {
  const { batches } = services.operations;
  const { method, username } = request.query;
  const batch = await batches.create({
    method: typeof method === 'string' ? (findStagingMethod(method) ?? method) : null,
    username: typeof username === 'string' ? username : null,
    requestId: currentRequestId() ?? null,
  });
  try {
    const received = await whileAlive(batch.id, services, () => receive(request, batch, services));
    if (!(await batches.accept(batch, received))) throw new StagingError('ABORTED');
  } catch (thrown) {
    // What is still on its way has to arrive, or the client would not read the answer.
    request.resume();
    await refuseBatch(batch.id, toStagingError(thrown), services);
    throw thrown;
  }
  return (await batches.find(batch.id)) ?? batch;
}

/** Ends a batch that was not accepted: of its items nothing is left. */
export async function refuseBatch(
  id: string,
  error: StagingError,
  { operations: { batches } }: Pick<Dependencies, 'operations'>,
): Promise<void> {
  await batches.removeItems(id);
  const phase = error.code === 'ABORTED' ? 'ABORTED' : 'ERROR';
  await batches.refuse(id, { phase, errorCode: error.code, errorReason: error.message });
}

async function receive(request: Request, batch: Batch, services: ReceivingServices): Promise<ReceivedBatch> {
  const { config, operations } = services;
  const order = parseBatchQuery(request.query, config);
  const inbox = createInbox(config, (items) => operations.batches.addItems(batch, items));
  const members = new Map(order.members);
  for await (const parts of readBatchBody(request)) {
    for (const part of parts) {
      if (part.kind === 'item') inbox.take(part.value);
      else members.set(part.name, part.value);
    }
    await inbox.write();
  }
  if (request.is('application/x-ndjson')) members.set('items', []);
  const { directory, relativePath, allOrNothing } = parseMembers(order, members);
  const folder = relativePath === null ? undefined : parseTargetPath(relativePath);
  if (directory !== null) await takeFiles(inbox, directory, relativePath ?? '', request, services);
  const operationsTotal = await inbox.end();
  if (folder) inbox.checkBeneath(folder);
  return { directory, relativePath, allOrNothing, operationsTotal };
}

/** Takes every file beneath a directory as an item. */
async function takeFiles(
  inbox: Inbox,
  directory: string,
  relativePath: string,
  request: Request,
  services: ReceivingServices,
): Promise<void> {
  const left = new AbortController();
  request.res?.once('close', () => left.abort(new StagingError('CLIENT_CLOSED')));
  const source = parseSource(directory, services.config);
  const [from, to] = [directory, relativePath].map((path) => path.replace(/\/+$/, ''));
  for await (const files of expandDirectory(source, services, left.signal)) {
    for (const { path, hasTextName } of files) {
      if (!hasTextName) throw invalid('directory', `the name of ${JSON.stringify(path)} is not UTF-8`);
      inbox.take({ local_path_on_storage: `${from}/${path}`, relative_path: `${to}/${path}` });
    }
    await inbox.write();
  }
}
