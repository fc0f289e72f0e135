import { StagingError } from '../errors/stagingError.ts';
import { type FileName, fileName, isText, maxNameBytes, textOf } from '../model/fileName.ts';
import type { StoragePath } from '../model/paths.ts';

/** While writing, the server keeps a copy whose name is two characters longer (`.~name`). */
const longestName = maxNameBytes - 2;

/** Suffixes of paths with another meaning in the contents API. */
const reservedNames: readonly string[] = ['checkpoints', 'trust'];

/**
 * The path of a file in the contents API. `…/checkpoints` and `…/trust` are other resources of that API, but its routes
 * are matched against the path as it was sent: with one letter percent-encoded, such a name is a file again.
 */
export function contentsPath(names: readonly FileName[]): string {
  return ['api/contents', ...names.map(encodeName)].join('/');
}

/** Whether the contents API accepts a name: Unicode text, and not hidden (`ContentsManager.allow_hidden` is off). */
export function isServable(name: FileName): boolean {
  return !name.startsWith('.') && isText(name) && name.length <= longestName;
}

/** Refuses a target that notebook servers would not show. @throws PATH_INVALID */
export function checkServable(target: StoragePath): void {
  const refuse = (reason: string) =>
    new StagingError('PATH_INVALID', { path: JSON.stringify(target.given), reason });
  if (target.names.some((name) => name.startsWith('.')))
    throw refuse('a name in it starts with a dot, and notebook servers do not serve hidden files');
  if (!target.names.every(isText))
    throw refuse('a name in it is not UTF-8, and notebook servers serve no such files');
}

/**
 * The name of the data beside its target until it is complete. Not hidden, because it is sent through the contents API.
 */
export function visiblePartName(name: FileName, partId: string): FileName {
  const suffix = `.${partId}.part`;
  let cut = textOf(name);
  while (Buffer.byteLength(cut) > longestName - suffix.length) cut = [...cut].slice(0, -1).join('');
  return fileName(`${cut}${suffix}`);
}

function encodeName(name: FileName): string {
  const encoded = encodeURIComponent(textOf(name));
  return reservedNames.includes(encoded)
    ? `%${encoded.charCodeAt(0).toString(16)}${encoded.slice(1)}`
    : encoded;
}
