import type { BatchOrder } from '../../api/batches.ts';
import type { SiteConfig } from '../../api/client.ts';
import { isInObjectStore, objectStoreRoot } from '../../api/objectStore.ts';
import type { StagingOrder } from '../../api/operations.ts';
import { baseName } from '../../format/format.ts';
import type { StageForm } from './stageForm.ts';

/** Few enough for a script to name each, and to be remembered with the request. */
const itemsNamed = 10;

/** Where one of the sources is to be, beneath the user area. */
export function targetOf(
  form: Pick<StageForm, 'folder' | 'name' | 'keepsFolders'>,
  source: string,
  isOnlyOne: boolean,
  config: SiteConfig,
): string {
  if (isOnlyOne) return `${withSlash(form.folder)}${form.name || baseName(source)}`;
  return `${withSlash(form.folder)}${form.keepsFolders ? pathBeneath(source, config) : baseName(source)}`;
}

/** A folder as what its entries' paths begin with. */
export function withSlash(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}

/** The orders, which are alike but for their paths, as one for a batch. */
export function batchOf(form: StageForm, orders: readonly StagingOrder[]) {
  const items = orders.map(({ source, target }) => ({
    local_path_on_storage: source,
    relative_path: target,
  }));
  const order: BatchOrder = {
    method: form.method,
    username: form.username.trim(),
    folder: form.folder.replace(/^\/+|\/+$/g, ''),
    keepsFolders: form.keepsFolders,
    isAllOrNothing: form.isAllOrNothing,
    itemsTotal: items.length,
    firstItems: items.slice(0, itemsNamed),
  };
  return { order, items };
}

/** A path as it is beneath the storage, or an object's with its bucket. */
function pathBeneath(source: string, { source_storage_path }: SiteConfig): string {
  if (isInObjectStore(source)) return source.slice(objectStoreRoot.length).replace(/\/+$/, '');
  const storage = withSlash(source_storage_path);
  return (source.startsWith(storage) ? source.slice(storage.length) : source).replace(/^\/+|\/+$/g, '');
}
