import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { anybody, type Caller } from '../model/caller.ts';
import { tokenSchema } from '../model/token.ts';
import type { Evidence, Identity, IdentityServices } from './identity.ts';

/** Identifies callers by the configured modes; each mode is loaded only if it is configured. @throws ConfigError */
export async function createIdentity(services: IdentityServices): Promise<Identity> {
  const { modes } = services.config.identity;
  const { record } = services;
  const byHeader = modes.includes('header')
    ? (await import('./proxyHeaders.ts')).createHeaderIdentify(services)
    : undefined;
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
