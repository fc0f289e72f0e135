import { apiUrl, isApiElsewhere } from '../apiAddress.ts';
import { fetchFromService } from '../fetchFromService.ts';
import type { StagingOrder } from '../operations/operations.ts';

/** The download URL of a source, for a user or for the caller. */
export function downloadUrl({
  source,
  username,
}: Pick<StagingOrder, 'source'> & Partial<Pick<StagingOrder, 'username'>>): string {
  // The browser itself would resolve "." and "..", and request another path.
  const names = source.split('/').filter((name) => name !== '.' && name !== '..');
  const query = username === undefined ? '' : `?${new URLSearchParams({ username })}`;
  return apiUrl(`/download/${names.map(encodeURIComponent).join('/')}${query}`);
}

/** Makes the browser save what an address of the API answers. */
export function saveFrom(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  // For another origin, the attribute would make this a request that needs more permission (CORP) than following a
  // link.
  if (!isApiElsewhere()) link.download = '';
  link.click();
}

/** Checks that a download can start: browsers do not show why one failed. @throws ApiError the reason */
export async function checkDownload(order: StagingOrder): Promise<void> {
  const url = downloadUrl(order);
  // An object store behind a redirect need not allow this page: only the browser's download must work.
  const head = await fetch(url, { method: 'HEAD', redirect: 'manual' }).catch(() => undefined);
  if (head?.ok || head?.type === 'opaqueredirect') return;
  // An answer to HEAD has no body with the reason; the answer to the same request by GET has.
  await fetchFromService(new Request(url)).then((response) => response.body?.cancel());
}
