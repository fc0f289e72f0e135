import { StagingError } from '../errors/stagingError.ts';
import type { Caller } from '../model/caller.ts';
import { usernameSchema } from '../model/paths.ts';
import { type Evidence, type IdentityServices, rightsOf } from './identity.ts';

/**
 * Identifies callers by the headers of a proxy that has authenticated them (oauth2-proxy, a gatekeeper). To be used
 * only for requests from a trusted proxy, because any client can send these headers.
 */
export function createHeaderIdentify({
  config: { identity },
}: Pick<IdentityServices, 'config'>): (evidence: Evidence) => Caller | undefined {
  const { headers } = identity;
  return ({ header }) => {
    const given = header(headers.username);
    if (!given) return undefined;
    const username = usernameSchema.safeParse(given);
    if (!username.success) {
      const reason = 'its name cannot be that of a user area';
      throw new StagingError('ACCOUNT_REFUSED', { account: JSON.stringify(given.slice(0, 128)), reason });
    }
    const groups = (header(headers.groups) ?? '').split(',').map((group) => group.trim());
    return {
      name: username.data,
      username: username.data,
      ...rightsOf(groups, identity),
      scopes: undefined,
      expiresAt: undefined,
    };
  };
}
