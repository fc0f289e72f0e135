/** The root of object stores, as a path of `GET /browse`. */
export const objectStoreRoot = 's3://';

/** Whether a path leads into an object store. */
export function isInObjectStore(path: string): boolean {
  return path.startsWith(objectStoreRoot);
}

/** The path of an entry of a folder. The path of a prefix is the prefix, with its slash. */
export function pathOfEntry(folder: string, entry: { readonly name: string; readonly kind: string }): string {
  const name = entry.name.replace(/\/$/, '');
  if (isInObjectStore(folder)) return `${folder}${name}${entry.kind === 'directory' ? '/' : ''}`;
  return `${withSlash(folder)}${name}`;
}

/** The folders on the way to this one, including itself; the root, which is first, has the path `''` or `s3://`. */
export function foldersTo(path: string): { name: string; path: string }[] {
  const root = isInObjectStore(path) ? objectStoreRoot : '';
  const way = [{ name: '', path: root }];
  for (const name of namesOf(path.slice(root.length))) {
    way.push({ name, path: pathOfEntry(way.at(-1)?.path ?? root, { name, kind: 'directory' }) });
  }
  return way;
}

/** A folder as a prefix of its entries' paths. */
export function withSlash(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}

/** The names in a path. */
export function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** The last name in a path, or in a name of Rucio. */
export function baseName(path: string): string {
  return namesOf(nameInRucio(path)).at(-1) ?? '';
}

/** A data identifier without its scope; other paths as they are. */
export function nameInRucio(path: string): string {
  return path.replace(/^rucio:(?:\/\/)?[^:/]*:/, '');
}

const extensionPattern = /(?<=[^/])(?:\.[a-z][a-z\d]{0,7}){1,2}$/i;

/** The path with a version added to its name, or with the next one: `a/b.fits` → `a/b_v2.fits` → `a/b_v3.fits`. */
export function newTargetName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const [extension = ''] = extensionPattern.exec(trimmed) ?? [];
  const name = trimmed.slice(0, trimmed.length - extension.length);
  const [, before = name, version = '1'] = /^(.*)_v(\d{1,6})$/s.exec(name) ?? [];
  return `${before}_v${Number(version) + 1}${extension}`;
}
