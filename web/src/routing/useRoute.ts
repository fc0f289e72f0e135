import { useSyncExternalStore } from 'react';

/** The views of the page, in the order of its navigation. */
export const views = ['stage', 'data', 'operations', 'logs', 'files', 'overview'] as const;

export type View = (typeof views)[number];

/**
 * The state in the address bar: all of it is in the fragment, so that a static host needs no rewrite rules. An address
 * can be shared.
 */
export interface Route {
  readonly view: View;
  /** The part after the view's name: of `#/operations/<id>`, the id. */
  readonly detail: string | undefined;
  readonly parameters: URLSearchParams;
}

type Parameters<Name extends string = string> = { readonly [name in Name]?: string | undefined };

/** The addresses of the views. Undefined and empty parameters are left out. */
export const hrefs = {
  stage: (
    parameters: Parameters<'source' | 'method' | 'target' | 'username' | 'folder' | 'batch' | 'phase'> = {},
  ) => withParameters('#/', parameters),
  data: (parameters: Parameters = {}) => withParameters('#/data', parameters),
  operations: (parameters: Parameters = {}) => withParameters('#/operations', parameters),
  operation: (id: string, parameters: Parameters = {}) =>
    withParameters(`#/operations/${encodeURIComponent(id)}`, parameters),
  logs: (parameters: Parameters<'operation' | 'level'> = {}) => withParameters('#/logs', parameters),
  files: (parameters: Parameters<'path' | 'folder'> = {}) => withParameters('#/files', parameters),
  overview: () => '#/overview',
};

/** Navigates to an address of this page; with `isReplacing`, the present one is not kept for the back button. */
export function navigate(href: string, { isReplacing = false } = {}): void {
  if (isReplacing) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** The route of the page's address, now and whenever it changes. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

function parseRoute(hash: string): Route {
  const { pathname, searchParams } = new URL(hash.slice(1) || '/', location.origin);
  const [name, detail] = pathname.split('/').filter((part) => part !== '');
  const view = views.find((known) => known === name) ?? 'stage';
  return { view, detail: detail && decodeURIComponent(detail), parameters: searchParams };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

function withParameters(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
