import type { Operation } from '../../api/client.ts';

/**
 * The path of an operation's data for its user: in their notebooks, if the site has configured that, else the service's
 * path. A terminal of JupyterLab starts in the folder that its server's paths are relative to.
 */
export function userPathOf({ method, notebook_path, location, relative_path }: Operation): string {
  const names = (relative_path ?? '').split('/').filter((name) => name !== '' && name !== '.');
  if (method === 'jupyter_copy') return `./${names.join('/')}`;
  return notebook_path ?? location ?? names.join('/');
}
