import { bytesOf, displayName, type FileName } from './fileName.ts';
import type { Operation } from './operation.ts';
import { parseTargetPath } from './paths.ts';

/** How users see their user areas, as configured by the site; `{username}` in both stands for the user. */
export interface UserView {
  /** The path of a user area in its user's notebooks. */
  readonly notebookPath: string | undefined;
  /** The address that shows a user area, such as one of JupyterLab. */
  readonly userAreaUrl: string | undefined;
  /** The address that shows the files of a user's notebook server. */
  readonly notebookServerUrl: string | undefined;
}

/** Where the user of an operation finds its data; null if not configured, or if there is none. */
export interface UserPlace {
  readonly notebookPath: string | null;
  readonly url: string | null;
}

/** Where the user of an operation finds its data. */
export function userPlaceOf(
  operation: Pick<Operation, 'phase' | 'method' | 'username' | 'relativePath'>,
  { notebookPath, userAreaUrl, notebookServerUrl }: UserView,
): UserPlace {
  const { phase, method, username, relativePath } = operation;
  const nowhere = { notebookPath: null, url: null };
  const isCopy = method === 'local_copy' || method === 'symlink_copy' || method === 'jupyter_copy';
  const isSaid = notebookPath ?? userAreaUrl ?? notebookServerUrl;
  // The path of a download has no target, and may be any text.
  if (isSaid === undefined || !isCopy || phase !== 'COMPLETED' || username === null || relativePath === null)
    return nowhere;
  const { names } = parseTargetPath(relativePath);
  const fill = (template: string | undefined, user: string, rest: readonly string[]) =>
    template === undefined ? null : [template.replaceAll('{username}', () => user), ...rest].join('/');
  const address = (template: string | undefined) =>
    fill(template, encodeURIComponent(username), names.map(percentEncoded));
  if (method === 'jupyter_copy') return { notebookPath: null, url: address(notebookServerUrl) };
  return { notebookPath: fill(notebookPath, username, names.map(displayName)), url: address(userAreaUrl) };
}

/** The bytes of a name in an address: it need not be valid UTF-8. */
function percentEncoded(name: FileName): string {
  return name.replaceAll(/[^A-Za-z0-9_.~-]/g, (byte) => {
    const [code = 0] = bytesOf(byte);
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
