import { useSyncExternalStore } from 'react';

/** What the address bar asks to show. `#/operations/<id>` and `#/logs?operation=<id>` can be sent to others. */
export interface Route {
  readonly view: 'stage' | 'create-file' | 'logs';
  readonly operationId: string | undefined;
}

export const hrefs = {
  stage: '#/',
  createFile: '#/create-file',
  logs: '#/logs',
  operation: (id: string) => `#/operations/${encodeURIComponent(id)}`,
  logsOf: (id: string) => `#/logs?operation=${encodeURIComponent(id)}`,
};

/** The route of the page's address, now and whenever it changes. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

function parseRoute(hash: string): Route {
  const { pathname, searchParams } = new URL(hash.slice(1) || '/', location.origin);
  if (pathname === '/create-file') return { view: 'create-file', operationId: undefined };
  if (pathname === '/logs') return { view: 'logs', operationId: searchParams.get('operation') ?? undefined };
  const [, id] = /^\/operations\/([^/]+)$/.exec(pathname) ?? [];
  return { view: 'stage', operationId: id };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
