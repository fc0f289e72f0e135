import type { Operation } from '../../api/client.ts';
import { namesOf } from '../../format/paths.ts';

/**
 * The path of an operation's data for its user: in their notebooks, if the site has configured that, else the service's
 * path. A terminal of JupyterLab starts in the folder that its server's paths are relative to.
 */
export function userPathOf({ method, notebook_path, location, relative_path }: Operation): string {
  const names = namesOf(relative_path ?? '').filter((name) => name !== '.');
  if (method === 'jupyter_copy') return `./${names.join('/')}`;
  return notebook_path ?? location ?? names.join('/');
}

/** A line of Python that opens staged data, if its name shows the format. */
export function openingOf(place: string): string | undefined {
  const path = JSON.stringify(place);
  if (/\.(fits?|fts)(\.(gz|fz))?$/i.test(place)) {
    return `from astropy.io import fits; hdus = fits.open(${path})`;
  }
  if (/\.ms$/i.test(place)) {
    return `from casacore.tables import table; ms = table(${path}, readonly=True)`;
  }
  return undefined;
}

/** The command that copies staged data beside it, so that its owner may change the copy. */
export function writableCopyOf(place: string): string {
  return `cp -r --no-preserve=mode,ownership ${shellText(place)} ${shellText(copyName(place))}`;
}

/** The name with `_copy` before its ending. */
function copyName(place: string): string {
  const [, path = place, ending = ''] = /^(.*?[^/])((?:\.[^./]+){1,2})?$/s.exec(place) ?? [];
  return `${path}_copy${ending}`;
}

/**
 * The command by which its owner removes staged data. Files may be links to their sources, so only folders' modes
 * change.
 */
export function removalOf(place: string): string {
  const path = shellText(place);
  return `find ${path} -type d -exec chmod u+w {} + && rm -rf ${path}`;
}

/** A text as one word of a POSIX shell. */
export function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
