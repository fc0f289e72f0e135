import { every } from '../async/interval.ts';
import { createTaskPool } from '../async/taskPool.ts';
import type { Config } from '../config/config.ts';
import { StagingError, toStagingError } from '../errors/stagingError.ts';
import type { Operation } from '../model/operation.ts';
import { parseTargetPath } from '../model/paths.ts';
import { parseSource } from '../model/sourcePath.ts';
import type { WholeItem } from '../record/batchRecord.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import { Progress } from '../storage/progress.ts';
import type { PartTree, StagingMethod, StagingRequest } from './stagingMethod.ts';
import { type ProcedureServices, type StagingRun, stage } from './stagingProcedure.ts';

/** How often the progress of running items is added to that of the batch, in ms. */
const addMs = 500;

/** The services needed for their items. */
export interface ItemServices extends ProcedureServices {
  readonly config: Config;
  readonly operations: OperationRecord;
}

/**
 * Stages the items of a dataset into its part tree, with limited concurrency: each goes through the whole procedure,
 * with a target that is not visible yet. The first failure stops all.
 * @throws StagingError the item's error, which is also in its record
 */
export async function stageItems(
  method: StagingMethod,
  parent: StagingRequest,
  partTree: PartTree,
  run: StagingRun,
  services: ItemServices,
): Promise<void> {
  const { batches } = services.operations;
  const id = parent.operationId;
  const failed = new AbortController();
  const signal = AbortSignal.any([run.signal, failed.signal]);
  const sum = createSum(run.progress);
  const ended = new AbortController();
  void every(addMs, sum.add, { signal: ended.signal, onError: (error) => failed.abort(error) });
  const work = createTaskPool(services.config.concurrency);
  let whole: WholeItem[] = [];

  const stageOne = async (item: Operation) => {
    // The dataset is one copy, regardless of its contents.
    const progress = new Progress({ bandwidth: run.progress.memory.bandwidth });
    sum.begin(progress);
    try {
      whole.push(await stageItem(method, item, parent, partTree, { ...run, progress, signal }, services));
    } catch (thrown) {
      await recordFirstFailure(item, toStagingError(thrown));
      throw thrown;
    } finally {
      sum.end(progress);
    }
  };
  const recordFirstFailure = async (item: Operation, error: StagingError) => {
    if (signal.aborted) return;
    failed.abort(error);
    const { code: errorCode, message: errorReason } = error;
    await batches.failItem(item.id, { phase: 'ERROR', errorCode, errorReason });
  };
  try {
    for (let after = ''; ; ) {
      const items = await batches.pendingItems(id, after);
      for (const item of items) await work.begin(() => stageOne(item));
      await batches.recordWhole(whole.splice(0));
      const last = items.at(-1);
      if (!last) break;
      after = last.id;
    }
    await work.finish();
    await batches.recordWhole(whole.splice(0));
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown;
  } finally {
    await work.settle();
    ended.abort();
    whole = [];
  }
}

async function stageItem(
  method: StagingMethod,
  item: Operation,
  parent: StagingRequest,
  partTree: PartTree,
  run: StagingRun,
  services: ItemServices,
): Promise<WholeItem> {
  const path = item.relativePath ?? '';
  const names = parseTargetPath(path).names.slice(parent.target.names.length);
  const request: StagingRequest = {
    operationId: item.id,
    username: parent.username,
    source: parseSource(item.localPathOnStorage ?? '', services.config),
    target: { given: path, names },
    expectedDigests: item.expectedDigests,
    jupyterToken: undefined,
    isAwaited: parent.isAwaited,
    attempt: parent.attempt ?? 1,
    partTree,
  };
  // Ownership of the batch is confirmed before the batch is published.
  const { completion } = await stage(method, request, { ...run, confirmOwnership: async () => {} }, services);
  if (completion.outcome !== 'staged') throw new StagingError('BATCH_ITEMS_COLLIDE', { path });
  return {
    id: item.id,
    bytes: run.progress.bytesDone,
    digests: completion.digests ?? {},
    linkType: completion.linkType ?? null,
  };
}

/** Sums up the progress of the items, as that of the batch. */
function createSum(total: Progress) {
  const added = new Map<Progress, { bytes: number; files: number }>();
  const addOne = (progress: Progress, seen: { bytes: number; files: number }) => {
    const { bytesDone, filesDone } = progress;
    total.addBytes(bytesDone - seen.bytes);
    total.addFiles(filesDone - seen.files);
    Object.assign(seen, { bytes: bytesDone, files: filesDone });
  };
  return {
    begin: (progress: Progress) => void added.set(progress, { bytes: 0, files: 0 }),
    end(progress: Progress) {
      const seen = added.get(progress);
      if (seen) addOne(progress, seen);
      added.delete(progress);
    },
    add() {
      for (const [progress, seen] of added) addOne(progress, seen);
    },
  };
}
