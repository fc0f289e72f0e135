import { StagingError, toStagingError } from '../errors/stagingError.ts';
import type { BatchEnd } from '../model/batch.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import { makeFolder, sealFolders } from '../storage/copy/copyTree.ts';
import { syncFileSystem } from '../storage/userArea/publish.ts';
import { type ItemServices, stageItems } from './datasetItems.ts';
import { targetKeyOf } from './staged/presentData.ts';
import type { StagingMethod, StagingRequest } from './stagingMethod.ts';
import { type StagingResult, type StagingRun, stage } from './stagingProcedure.ts';
import type { UserAreas } from './target/targetBase.ts';
import { openUserAreaTarget } from './target/userAreaTarget.ts';

/** The services needed for all-or-nothing batches. */
export interface DatasetServices extends ItemServices {
  readonly userAreas: UserAreas;
}

/**
 * Stages a request: one source, or an all-or-nothing batch.
 * @throws StagingError; then nothing was published and no part is left
 */
export function stageRequest(
  method: StagingMethod,
  request: StagingRequest,
  run: StagingRun,
  services: DatasetServices,
): Promise<StagingResult> {
  return request.dataset
    ? stageDataset(method, request, run, services)
    : stage(method, request, run, services);
}

/** Stages an all-or-nothing batch into one part tree, which appears by one rename. Its items end with the batch. */
async function stageDataset(
  method: StagingMethod,
  request: StagingRequest,
  run: StagingRun,
  services: DatasetServices,
): Promise<StagingResult> {
  const { operations } = services;
  const id = request.operationId;
  await operations.batches.resetItems(id);
  const staging = request.dataset?.hasListedItems
    ? stageListedItems(method, request, run, services)
    : stage(method, request, run, services);
  const result = await staging.catch(async (thrown: unknown) => {
    const { message } = toStagingError(run.signal.aborted ? run.signal.reason : thrown);
    const errorReason = `Nothing was published, as the whole did not succeed: ${message}`;
    await endItems(id, { phase: 'ABORTED', errorCode: 'ABORTED', errorReason }, operations);
    throw thrown;
  });
  await endItems(id, { phase: 'COMPLETED', outcome: result.completion.outcome ?? 'staged' }, operations);
  return result;
}

/** If the database fails here, the next reader of the batch ends the items, by the result of the batch. */
async function endItems(id: string, end: BatchEnd, { batches }: OperationRecord): Promise<void> {
  try {
    for await (const _ids of batches.endWaiting(id, end));
  } catch (error) {
    if (!(error instanceof StagingError)) throw error;
  }
}

async function stageListedItems(
  method: StagingMethod,
  request: StagingRequest,
  run: StagingRun,
  services: DatasetServices,
): Promise<StagingResult> {
  await using place = openUserAreaTarget(request, services.userAreas);
  await using _turn = await services.targetLocks.acquire(place.location, run.signal);
  if (await place.isPresent({ kind: 'tree' })) {
    return { completion: { outcome: 'already_present', present: 'unknown' }, location: place.location };
  }
  const { directory: workspace, part, owner } = await place.openWorkspace();
  await using tree = disposable(await makeFolder(workspace, part));
  await stageItems(method, request, { tree: tree.folder, workspace, owner }, run, services);
  await sealFolders(tree.folder, owner);
  await syncFileSystem(tree.folder);
  run.signal.throwIfAborted();
  await run.confirmOwnership();
  const {
    outcome,
    inode: targetInode = null,
    identity,
    etag: targetEtag = null,
  } = await place.publish('tree');
  const targetKey = identity === undefined ? null : targetKeyOf(request, identity);
  const completion = { outcome, targetInode, targetKey, targetEtag, ...run.progress.toRecord() };
  return { completion, location: place.location };
}

function disposable(folder: Awaited<ReturnType<typeof makeFolder>>) {
  return { folder, [Symbol.asyncDispose]: () => folder.handle.close() };
}
