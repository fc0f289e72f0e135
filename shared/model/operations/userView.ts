import { bytesOf, displayName, fileNameFromDisplay } from '../fileName.ts';
import type { Operation } from '../operation.ts';
import { namesOf } from '../paths.ts';

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

const nowhere: UserPlace = Object.freeze({ notebookPath: null, url: null });

/** Where the user of an operation finds its data. */
export function userPlaceOf(
  operation: Pick<Operation, 'phase' | 'method' | 'username' | 'relativePath'>,
  { notebookPath, userAreaUrl, notebookServerUrl }: UserView,
): UserPlace {
  const { phase, method, username, relativePath } = operation;
  const isCopy = method === 'local_copy' || method === 'symlink_copy' || method === 'jupyter_copy';
  const isSaid = notebookPath ?? userAreaUrl ?? notebookServerUrl;
  // The path of a download has no target, and may be any text.
  if (isSaid === undefined || !isCopy || phase !== 'COMPLETED' || username === null || relativePath === null)
    return nowhere;
  // It was checked before it was recorded.
  const path = namesOf(relativePath).map(fileNameFromDisplay).join('/');
  const fill = (template: string | undefined, user: string, rest: (path: string) => string) =>
    template === undefined ? null : `${template.replaceAll('{username}', () => user)}/${rest(path)}`;
  const address = (template: string | undefined) =>
    fill(template, encodeURIComponent(username), percentEncoded);
  if (method === 'jupyter_copy') return { notebookPath: null, url: address(notebookServerUrl) };
  return { notebookPath: fill(notebookPath, username, displayName), url: address(userAreaUrl) };
}

/** The bytes of a path in an address: they need not be valid UTF-8. */
function percentEncoded(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9_.~/-]/g, (byte) => {
    const [code = 0] = bytesOf(byte);
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
