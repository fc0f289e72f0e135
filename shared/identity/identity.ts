// Who sends a request. Each mode of AUTH_MODE is one way to identify a caller; what the caller may do is in
// `shared/model/caller.ts`. Nothing here answers requests: `shared/http/authentication.ts` does.

import type { Logger } from 'pino';
import { groupName, type IdentityConfig } from '../config/identityConfig.ts';
import type { Caller, Project, Role } from '../model/caller.ts';
import type { SourcePlaces } from '../model/sourcePath.ts';
import type { AccountRecord } from '../record/accounts.ts';

/** What a request says of its sender. */
export interface Evidence {
  header(name: string): string | undefined;
  /** Whether it comes from a proxy of TRUSTED_PROXIES. */
  readonly isFromProxy: boolean;
}

/**
 * Who sent a request; undefined if it does not say.
 * @throws TOKEN_INVALID, ACCOUNT_REFUSED, IDENTITY_PROVIDER_UNREACHABLE, DATABASE_UNAVAILABLE
 */
export type Identify = (evidence: Evidence) => Promise<Caller | undefined>;

/** What identifying callers needs. */
export interface IdentityServices {
  readonly config: { readonly identity: IdentityConfig } & SourcePlaces;
  readonly logger: Logger;
  /** Undefined in functions without the record, where no user area is of importance. */
  readonly accounts: AccountRecord | undefined;
}

/** The roles and projects of a user with these groups. */
export function rightsOf(
  groups: readonly string[],
  { operatorGroups, projects }: Pick<IdentityConfig, 'operatorGroups' | 'projects'>,
): { readonly roles: ReadonlySet<Role>; readonly projects: readonly Project[] } {
  const own = new Set(groups.map(groupName));
  const isOperator = operatorGroups.some((group) => own.has(group));
  return {
    roles: new Set<Role>(isOperator ? ['user', 'operator'] : ['user']),
    projects: projects.filter(({ group }) => own.has(group)),
  };
}
