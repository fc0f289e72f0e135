// The sender of a request, and their permissions. `shared/identity` identifies callers; this file only derives
// permissions, so that every route and the record decide in the same way.

import { StagingError } from '../errors/stagingError.ts';
import type { Username } from './paths.ts';
import { namesOfSource, type SourcePath } from './sourcePath.ts';

/**
 * `user`: stages into their own area. `operator`: everything, for everybody. `portal`: a program that acts for users,
 * and sees their operations. `monitoring`: the metrics.
 */
export const roles = ['user', 'operator', 'portal', 'monitoring'] as const;

export type Role = (typeof roles)[number];

/** A group of users with a shared area, and sources that only its members may read. */
export interface Project {
  readonly group: string;
  readonly area: Username;
  readonly sources: readonly SourcePrefix[];
}

/** A folder of the source storage or of a bucket, as from `namesOfSource`: never compared as text. */
export type SourcePrefix = readonly string[];

/**
 * A token's permissions for sources, if it has such scopes (WLCG Common JWT Profiles 1.0, "Capability based
 * authorization").
 */
export interface SourceScopes {
  readonly read: readonly SourcePrefix[];
  readonly stage: readonly SourcePrefix[];
}

/** The sender of a request. */
export interface Caller {
  /** Their name in the log and, as the actor, in the record. */
  readonly name: string;
  /** Their own user area; undefined for programs, and with AUTH_MODE=none. */
  readonly username: Username | undefined;
  readonly groups: readonly string[];
  readonly roles: ReadonlySet<Role>;
  /** The projects that they are a member of. */
  readonly projects: readonly Project[];
  /** Undefined if the token does not limit them. */
  readonly scopes: SourceScopes | undefined;
  /** When they must authenticate again; undefined for never. */
  readonly expiresAt: Date | undefined;
}

/** With AUTH_MODE=none, everybody may do everything. */
export const anybody: Caller = {
  name: 'anybody',
  username: undefined,
  groups: [],
  roles: new Set(roles),
  projects: [],
  scopes: undefined,
  expiresAt: undefined,
};

/** Whose operations and batches may be seen: everybody's, or those of these users. */
export interface Viewer {
  readonly usernames: 'all' | readonly string[];
}

/** The service itself, which sees everything. For code that runs operations, never for code that answers a request. */
export const theService: Viewer = { usernames: 'all' };

/** The rows that a caller may see: all for operators and portals, their own and their projects' for users. */
export function viewerOf(caller: Caller): Viewer {
  return actsForAll(caller) ? { usernames: 'all' } : { usernames: ownNames(caller) };
}

/** Whether a viewer may see rows of a user, or of nobody. */
export function maySee({ usernames }: Viewer, { username }: { readonly username: string | null }): boolean {
  return usernames === 'all' || (username !== null && usernames.includes(username));
}

/**
 * The user of a request: the named one, or the caller; undefined if neither is known.
 * @throws USERNAME_FORBIDDEN if the caller may not act for the named user
 */
export function userFor(caller: Caller, given: Username | undefined): Username | undefined {
  if (given === undefined) return caller.username;
  if (mayActFor(caller, given)) return given;
  throw new StagingError('USERNAME_FORBIDDEN', { username: JSON.stringify(given) });
}

/**
 * The user in the record of a request, valid or not: the named one, if the caller may act for that user, else the
 * caller.
 */
export function ownerFor(caller: Caller, given: string | null): string | null {
  return given !== null && mayActFor(caller, given) ? given : (caller.username ?? null);
}

/** The requester, if that is not the user. */
export function actorFor(caller: Caller, username: string | null): string | null {
  return caller === anybody || caller.name === username ? null : caller.name;
}

/** The use of a source. */
export type SourceUse = 'read' | 'stage';

/**
 * Checks that a caller may use a source: the scopes of their token must include it, and it must neither be in nor
 * contain the sources of a project that they are not a member of.
 * @throws SOURCE_FORBIDDEN
 */
export function checkSource(
  caller: Caller,
  source: SourcePath,
  use: SourceUse,
  projects: readonly Project[],
): void {
  const { scopes } = caller;
  const { given } = source;
  const names = namesOfSource(source);
  const allowed = use === 'read' ? [...(scopes?.read ?? []), ...(scopes?.stage ?? [])] : scopes?.stage;
  const isInScope = scopes === undefined || allowed?.some((prefix) => isWithin(names, prefix)) === true;
  if (!isInScope)
    throw new StagingError('SOURCE_FORBIDDEN', { path: given, reason: 'your token does not include it' });
  if (caller.roles.has('operator')) return;
  for (const { group, sources } of projects) {
    if (caller.projects.some((own) => own.group === group)) continue;
    const isClosed = sources.some(
      (prefix) => isWithin(names, prefix) || (use === 'stage' && isWithin(prefix, names)),
    );
    if (isClosed) {
      throw new StagingError('SOURCE_FORBIDDEN', {
        path: given,
        reason: `it belongs to the project ${group}`,
      });
    }
  }
}

/** The sources of projects that a caller is not a member of. */
export function closedSources(caller: Caller, projects: readonly Project[]): readonly SourcePrefix[] {
  if (caller.roles.has('operator')) return [];
  return projects
    .filter(({ group }) => !caller.projects.some((own) => own.group === group))
    .flatMap(({ sources }) => sources);
}

/** Whether a path leads to a location or beneath it. */
export function isWithin(names: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((name, index) => names[index] === name);
}

function mayActFor(caller: Caller, username: string): boolean {
  return actsForAll(caller) || ownNames(caller).includes(username);
}

function actsForAll(caller: Caller): boolean {
  return caller.roles.has('operator') || caller.roles.has('portal');
}

function ownNames({ username, projects }: Caller): readonly string[] {
  return [...(username === undefined ? [] : [username]), ...projects.map(({ area }) => area)];
}
