import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { anybody, type Caller } from '../model/caller.ts';
import { usernameSchema } from '../model/paths.ts';
import { tokenSchema } from '../model/token.ts';
import { type Evidence, type Identity, type IdentityServices, rightsOf } from './identity.ts';

/** Identifies callers by the configured modes; each mode is loaded only if it is configured. @throws ConfigError */
export async function createIdentity(services: IdentityServices): Promise<Identity> {
  const { modes } = services.config.identity;
  const { record } = services;
  const byHeader = modes.includes('header') ? createHeaderIdentify(services) : undefined;
  const tokens = modes.includes('tokens')
    ? await (await import('./ownTokens.ts')).openOwnTokens(services)
    : undefined;
  const openId = modes.includes('oidc')
    ? (await import('./openIdTokens.ts')).createOpenIdIdentity(services)
    : undefined;
  const sessions =
    record && modes.length > 0
      ? (await import('./sessions.ts')).createSessions(services, record.sessions, tokens)
      : undefined;
  const identifyToken = async (token: Secret): Promise<Caller> => {
    const caller = tokens?.identify(token) ?? (await openId?.identify(token));
    if (caller) return caller;
    throw new StagingError('TOKEN_INVALID', { reason: 'it was not issued by this service' });
  };
  return {
    modes,
    sessions,
    identifyToken,
    async callerOf(claims, issuer) {
      if (openId) return openId.callerOf(claims, issuer, undefined);
      throw new StagingError('ROUTE_NOT_FOUND', { path: '/login' });
    },
    async identify(evidence) {
      if (modes.length === 0) return anybody;
      const named = evidence.isFromProxy ? byHeader?.(evidence) : undefined;
      if (named) return named;
      const token = bearerToken(evidence);
      if (token) return identifyToken(token);
      return evidence.session && sessions?.find(evidence.session, evidence.path);
    },
  };
}

/** The token of `Authorization: Bearer` (RFC 6750 §2.1). @throws TOKEN_INVALID */
function bearerToken({ header }: Evidence): Secret | undefined {
  const given = /^bearer +(.*)$/i.exec(header('authorization') ?? '')?.[1];
  return given === undefined ? undefined : parseToken(given);
}

/** @throws TOKEN_INVALID */
export function parseToken(given: string): Secret {
  if (tokenSchema.safeParse(given).success) return new Secret(given);
  throw new StagingError('TOKEN_INVALID', { reason: 'it contains invalid characters' });
}

/**
 * Identifies callers by the headers of a proxy that has authenticated them (oauth2-proxy, a gatekeeper). To be used
 * only for requests from a trusted proxy, because any client can send these headers.
 */
function createHeaderIdentify({
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
