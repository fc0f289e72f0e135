import type { SiteConfig } from '../../../api/client.ts';
import type { StagingOrder } from '../../../api/operations/operations.ts';

/**
 * The location of data for its user: in their notebooks, if the site has configured that, else the service's path; or a
 * path of JupyterLab.
 */
export function placeOf(
  order: Pick<StagingOrder, 'method' | 'username' | 'target'>,
  config: SiteConfig,
): string {
  const { method, username } = order;
  const inNotebooks = config.notebook_path?.replaceAll('{username}', () => username);
  const inArea = inNotebooks ?? `${config.target_storage_path}/${username}`;
  const area = method === 'jupyter_copy' ? `/user/${username}/lab/tree` : inArea;
  return [area, ...namesOf(order)].join('/');
}

/** The names of a target, from the top of the user area or the notebook server. */
function namesOf({ target }: Pick<StagingOrder, 'target'>): string[] {
  return target.split('/').filter((name) => name !== '' && name !== '.');
}
