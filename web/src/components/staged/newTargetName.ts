import type { Operation } from '../../api/client.ts';
import { hrefs } from '../../routing/useRoute.ts';

const extensionPattern = /(?<=[^/])(?:\.[a-z][a-z\d]{0,7}){1,2}$/i;

/** The path with a version added to its name, or with the next one: `a/b.fits` → `a/b_v2.fits` → `a/b_v3.fits`. */
export function newTargetName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const [extension = ''] = extensionPattern.exec(trimmed) ?? [];
  const name = trimmed.slice(0, trimmed.length - extension.length);
  const [, before = name, version = '1'] = /^(.*)_v(\d{1,6})$/s.exec(name) ?? [];
  return `${before}_v${Number(version) + 1}${extension}`;
}

/** The form that stages the current version of an operation's source under a new name. */
export function newVersionOf(operation: Operation): { readonly target: string; readonly href: string } {
  const { local_path_on_storage, relative_path, method, username } = operation;
  const target = newTargetName(relative_path ?? '');
  const source = local_path_on_storage ?? '';
  return { target, href: hrefs.stage({ source, method: method ?? '', username: username ?? '', target }) };
}
