import { bytesOf, displayName, type FileName } from './fileName.ts';
import type { Operation } from './operation.ts';
import { parseTargetPath } from './paths.ts';

/** How users see their user areas, according to the site; `{username}` in both stands for the user. */
export interface UserView {
  /** The path of a user area in its user's notebooks. */
  readonly notebookPath: string | undefined;
  /** The address that shows a user area, such as one of JupyterLab. */
  readonly userAreaUrl: string | undefined;
}

/** Where the user of an operation finds its data; null where the site does not say, or there is none. */
export interface UserPlace {
  readonly notebookPath: string | null;
  readonly url: string | null;
}

/** Only these methods put data into user areas. */
const methods: readonly (string | null)[] = ['local_copy', 'symlink_copy'];

/** Where the user of an operation finds its data. */
export function userPlaceOf(
  operation: Pick<Operation, 'phase' | 'method' | 'username' | 'relativePath'>,
  { notebookPath, userAreaUrl }: UserView,
): UserPlace {
  const { phase, method, username, relativePath } = operation;
  const isInArea = phase === 'COMPLETED' && methods.includes(method);
  if (!isInArea || username === null || relativePath === null) return { notebookPath: null, url: null };
  const { names } = parseTargetPath(relativePath);
  const fill = (template: string | undefined, user: string, rest: readonly string[]) =>
    template === undefined ? null : [template.replaceAll('{username}', () => user), ...rest].join('/');
  return {
    notebookPath: fill(notebookPath, username, names.map(displayName)),
    url: fill(userAreaUrl, encodeURIComponent(username), names.map(percentEncoded)),
  };
}

/** The bytes of a name in an address: it need not be text. */
function percentEncoded(name: FileName): string {
  return name.replaceAll(/[^A-Za-z0-9_.~-]/g, (byte) => {
    const [code = 0] = bytesOf(byte);
    return `%${code.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
