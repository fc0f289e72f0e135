import type { SiteConfig } from '../../api/client.ts';
import type { StagingOrder } from '../../api/operations.ts';

/** Where data is, in the service's terms: a path of the user area, or one of JupyterLab. */
export function placeOf(
  { method, username, target }: Pick<StagingOrder, 'method' | 'username' | 'target'>,
  config: SiteConfig,
): string {
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const area =
    method === 'jupyter_copy' ? `/user/${username}/lab/tree` : `${config.target_storage_path}/${username}`;
  return [area, ...names].join('/');
}
