import type { Config } from '../../shared/config/config.ts';
import { type FieldError, StagingError } from '../../shared/errors/stagingError.ts';
import type { BatchItem } from '../../shared/model/batch.ts';
import type { Caller } from '../../shared/model/caller.ts';
import { type FileName, joinNames } from '../../shared/model/fileName.ts';
import type { StagingMethodName } from '../../shared/model/methods.ts';
import type { StoragePath } from '../../shared/model/paths.ts';
import { commonNames, invalid, validateItem } from './batchOrder.ts';

/** The maximum number of errors in an answer. */
const maxErrors = 100;

/** How many items are recorded together. */
const itemsPerWrite = 1000;

/**
 * Receives the items of a batch: each is validated, and valid ones are recorded, many at a time, while the next are
 * received. Its end waits for that.
 */
export interface ReceivedItems extends AsyncDisposable {
  /** @throws BODY_INVALID when there are too many, or 100 invalid ones */
  take(value: unknown): void;
  /** Starts to record the received items, if there are enough and the previous ones are recorded. */
  write(): Promise<void>;
  /** Records the rest, and returns the total number. @throws BODY_INVALID if any item was invalid, or there was none */
  end(): Promise<number>;
  /** @throws BODY_INVALID if not every target is beneath this folder */
  checkBeneath(folder: StoragePath): void;
  /** @throws BATCH_UNSUPPORTED if they cannot be staged as a whole by a method: rules at Rucio are for single operations */
  checkWhole(method: StagingMethodName): void;
}

/** Forwards valid items. Of invalid ones, it keeps the errors of the first 100. */
export function createReceivedItems(
  caller: Caller,
  config: Config,
  record: (items: readonly BatchItem[]) => Promise<void>,
): ReceivedItems {
  const waiting: BatchItem[] = [];
  const errors: FieldError[] = [];
  let count = 0;
  let folders: readonly FileName[] | undefined;
  let [waits, hasDids] = [false, false];
  let recording = Promise.resolve();

  const refuse = () => {
    const [first] = errors;
    const reason = `${first?.path}: ${first?.message}${errors.length > 1 ? `; and ${errors.length - 1} more` : ''}`;
    return new StagingError('BODY_INVALID', { reason }, { errors: errors.slice(0, maxErrors) });
  };
  return {
    take(value) {
      const result = validateItem(value, count, caller, config);
      count += 1;
      const { maxBatchItems: maxItems } = config.limits;
      if (count > maxItems) throw invalid('items', `may have up to ${maxItems} items`);
      if ('errors' in result) errors.push(...result.errors);
      if (errors.length >= maxErrors) throw refuse();
      // Nothing will be started, so nothing needs to be recorded.
      if ('errors' in result || errors.length > 0) return;
      const parents = result.valid.names.slice(0, -1);
      folders = folders ? commonNames(folders, parents) : parents;
      waits ||= result.valid.item.replicate === true;
      hasDids ||= result.valid.isDid;
      waiting.push(result.valid.item);
    },
    async write() {
      if (errors.length > 0 || waiting.length < itemsPerWrite) return;
      await recording;
      recording = record(waiting.splice(0));
      // Its waiters get the error.
      recording.catch(() => undefined);
    },
    async end() {
      if (errors.length > 0) throw refuse();
      if (count === 0) throw invalid('items', 'must not be empty');
      await recording;
      await record(waiting.splice(0));
      return count;
    },
    async [Symbol.asyncDispose]() {
      await recording.catch(() => undefined);
    },
    checkWhole(method) {
      const isPinned = method === 'symlink_copy' && hasDids && config.rucio?.areReplicasPinned === true;
      if (!waits && !isPinned) return;
      const reason = waits
        ? 'a whole does not wait for items that are brought here (replicate)'
        : 'links to data identifiers are kept by rules at Rucio (RUCIO_PIN); stage a dataset instead';
      throw new StagingError('BATCH_UNSUPPORTED', { reason });
    },
    checkBeneath({ names }) {
      const common = folders?.slice(0, names.length) ?? [];
      if (common.length < names.length || joinNames(common) !== joinNames(names)) {
        throw invalid('relative_path', 'must be a folder that contains every relative_path of the items');
      }
    },
  };
}
