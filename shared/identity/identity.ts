// Who sends a request. Each mode of AUTH_MODE is one way to identify a caller; what the caller may do is in
// `shared/model/caller.ts`. Nothing here answers requests: `shared/http/callers.ts` does.

import type { Logger } from 'pino';
import { groupName, type IdentityConfig } from '../config/identityConfig.ts';
import type { Secret } from '../config/secret.ts';
import type { Caller, Role } from '../model/caller.ts';
import type { SourcePlaces } from '../model/sourcePath.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { Sessions } from './sessions.ts';

/** The parts of a request that identify its sender. */
export interface Evidence {
  header(name: string): string | undefined;
  /** Whether it comes from a proxy in TRUSTED_PROXIES. */
  readonly isFromProxy: boolean;
  /** The secret of a session, in its cookie or in a link. */
  readonly session: Secret | undefined;
  readonly path: string;
}

/** An account's claims, as asserted by its provider. */
export type OpenIdClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** How callers are identified. */
export interface Identity {
  /** Empty with AUTH_MODE=none. */
  readonly modes: IdentityConfig['modes'];
  /**
   * The sender of a request; undefined if it has no credentials.
   * @throws TOKEN_INVALID, ACCOUNT_REFUSED, IDENTITY_PROVIDER_UNREACHABLE, DATABASE_UNAVAILABLE
   */
  identify(evidence: Evidence): Promise<Caller | undefined>;
  /** The owner of a token. @throws the same */
  identifyToken(token: Secret): Promise<Caller>;
  /** The caller with these claims of an issuer. @throws ACCOUNT_REFUSED */
  callerOf(claims: OpenIdClaims, issuer: string): Promise<Caller>;
  /** Undefined without the record, or with AUTH_MODE=none. */
  readonly sessions: Sessions | undefined;
}

/** The dependencies for identifying callers. */
export interface IdentityServices {
  readonly config: { readonly identity: IdentityConfig } & SourcePlaces;
  readonly logger: Logger;
  /** Undefined in functions without the record, which accept only tokens and headers. */
  readonly record: Pick<OperationRecord, 'accounts' | 'sessions'> | undefined;
}

/** The roles and projects of a user with these groups. */
export function rightsOf(
  groups: readonly string[],
  { operatorGroups, projects }: Pick<IdentityConfig, 'operatorGroups' | 'projects'>,
): Pick<Caller, 'groups' | 'roles' | 'projects'> {
  const own = new Set(groups.map(groupName));
  const isOperator = operatorGroups.some((group) => own.has(group));
  return {
    groups,
    roles: new Set<Role>(isOperator ? ['user', 'operator'] : ['user']),
    projects: projects.filter(({ group }) => own.has(group)),
  };
}
