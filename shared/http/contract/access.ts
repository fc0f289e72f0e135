// Which roles may use which route: the one table, which `callers.ts` enforces, `docs/security.md` shows and the
// OpenAPI document contains as `security`. Routes that are not in it are 404, so that a new route cannot be forgotten
// here.

import type { Role } from '../../model/caller.ts';

/**
 * Who may use a route: everybody (with `optional`, credentials are checked if present); or callers with one of these
 * roles.
 */
export type Access = 'public' | 'optional' | readonly Role[];

interface RouteAccess {
  /** Of Express: `:name` is one name of a path, `*` at the end the rest. In lower case. */
  readonly path: string;
  readonly access: Access;
}

const people: Access = ['user', 'portal', 'operator'];
const operators: Access = ['operator'];

/** The routes. */
export const routeTable: readonly RouteAccess[] = [
  { path: '/stage_data', access: people },
  { path: '/stage-data', access: people },
  { path: '/stage/local', access: people },
  { path: '/stage/symlink', access: people },
  { path: '/stage/jupyter', access: people },
  { path: '/download/*', access: people },
  { path: '/download-links', access: people },
  { path: '/batches', access: people },
  { path: '/batches/:id', access: people },
  { path: '/batches/:id/retry', access: people },
  { path: '/operations', access: people },
  { path: '/operations/events', access: people },
  { path: '/operations/:id', access: people },
  { path: '/operations/:id/events', access: people },
  { path: '/operations/:id/retry', access: people },
  { path: '/operations/:id/data', access: people },
  { path: '/operations/:id/digests', access: people },
  { path: '/uws/jobs', access: people },
  { path: '/uws/jobs/:id', access: people },
  { path: '/uws/jobs/:id/*', access: people },
  { path: '/uws/async', access: people },
  { path: '/uws/async/:id', access: people },
  { path: '/uws/async/:id/*', access: people },
  { path: '/uws/capabilities', access: 'public' },
  { path: '/uws/availability', access: 'public' },
  { path: '/browse', access: people },
  { path: '/browse/size', access: people },
  { path: '/browse/check', access: people },
  { path: '/search', access: people },
  { path: '/preview', access: people },
  { path: '/preview/picture', access: people },
  { path: '/preview/table', access: people },
  { path: '/config', access: people },
  { path: '/config/allowed-methods', access: people },
  { path: '/overview', access: people },
  { path: '/create-file', access: operators },
  { path: '/logs', access: operators },
  { path: '/logs/stream', access: operators },
  { path: '/metrics', access: ['monitoring', 'operator'] },
  { path: '/session', access: 'optional' },
  { path: '/login', access: 'public' },
  { path: '/login/callback', access: 'public' },
  { path: '/healthz', access: 'public' },
  { path: '/readyz', access: 'public' },
  { path: '/version', access: 'public' },
  { path: '/openapi.json', access: 'public' },
  { path: '/docs', access: 'public' },
  { path: '/docs/*', access: 'public' },
  { path: '/', access: 'public' },
  { path: '/index.html', access: 'public' },
  { path: '/config.json', access: 'public' },
  { path: '/favicon.svg', access: 'public' },
  { path: '/favicon.ico', access: 'public' },
  { path: '/assets/*', access: 'public' },
];

/** Routes match as in Express: case-insensitively, and with a trailing slash. */
const patterns = routeTable.map(({ path, access }) => ({
  access,
  pattern: new RegExp(
    `^${path.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+').replace(/\*$/, '.*')}/?$`,
    'i',
  ),
}));

/** The access to the route of a path; undefined if there is none. */
export function accessTo(path: string): Access | undefined {
  return patterns.find(({ pattern }) => pattern.test(path))?.access;
}
