import type { Operation } from '../../api/client.ts';

/**
 * Where the data of an operation is for its user: in their notebooks, if the site says how these see user areas, else as
 * the service sees it. A terminal of JupyterLab begins in the folder that the paths of its server begin in.
 */
export function userPathOf({ method, notebook_path, location, relative_path }: Operation): string {
  const names = (relative_path ?? '').split('/').filter((name) => name !== '' && name !== '.');
  if (method === 'jupyter_copy') return `./${names.join('/')}`;
  return notebook_path ?? location ?? names.join('/');
}
