import { apiUrl } from './apiAddress.ts';
import { fetchFromService } from './fetchFromService.ts';
import type { StagingOrder } from './operations.ts';

/** The URL that a source is downloaded from. */
export function downloadUrl({ source, username }: Pick<StagingOrder, 'source' | 'username'>): string {
  // The browser itself would take "." and ".." away, and lead to somewhere else.
  const names = source.split('/').filter((name) => name !== '.' && name !== '..');
  return apiUrl(`/download/${names.map(encodeURIComponent).join('/')}?${new URLSearchParams({ username })}`);
}

/** Makes sure that a download can begin: a browser shows nobody why one failed. @throws ApiError why it cannot */
export async function checkDownload(order: StagingOrder): Promise<void> {
  const url = downloadUrl(order);
  // An object store that a redirect leads to need not let this page in: only the browser's download has to.
  const head = await fetch(url, { method: 'HEAD', redirect: 'manual' }).catch(() => undefined);
  if (head?.ok || head?.type === 'opaqueredirect') return;
  // An answer to HEAD has no body that says what is wrong; the answer to the same question by GET has.
  await fetchFromService(new Request(url)).then((response) => response.body?.cancel());
}
