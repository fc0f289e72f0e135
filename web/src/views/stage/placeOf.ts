import type { SiteConfig } from '../../api/client.ts';
import type { StagingOrder } from '../../api/operations.ts';

/** Where data is, in the service's terms: a path of the user area, or one of JupyterLab. */
export function placeOf(
  order: Pick<StagingOrder, 'method' | 'username' | 'target'>,
  config: SiteConfig,
): string {
  const { method, username } = order;
  const area =
    method === 'jupyter_copy' ? `/user/${username}/lab/tree` : `${config.target_storage_path}/${username}`;
  return [area, ...namesOf(order)].join('/');
}

/** The names of a target, from the top of the user area or the notebook server. */
export function namesOf({ target }: Pick<StagingOrder, 'target'>): string[] {
  return target.split('/').filter((name) => name !== '' && name !== '.');
}
