import type { RequestHandler, Response } from 'express';
import type { Config } from '../../config/config.ts';
import { StagingError } from '../../errors/stagingError.ts';
import type { Identity } from '../../identity/identity.ts';
import { accessTo } from '../contract/access.ts';
import { isInNetworks } from '../limits/clientNetwork.ts';
import { setCaller } from './caller.ts';
import { sessionOf } from './sessionCookie.ts';

/**
 * Identifies the caller, and enforces the table of routes.
 * @throws UNAUTHENTICATED, ROLE_REQUIRED, ROUTE_NOT_FOUND, and what `identify` throws
 */
export function authenticate(
  { identify }: Identity,
  { trustedProxies, identity: { openId } }: Pick<Config, 'trustedProxies' | 'identity'>,
): RequestHandler {
  return async (request, response, next) => {
    const access = accessTo(request.path);
    if (access === undefined) throw new StagingError('ROUTE_NOT_FOUND', { path: request.path });
    if (access === 'public') return next();
    const evidence = {
      header: (name: string) => request.get(name),
      isFromProxy: isInNetworks(trustedProxies, request.socket.remoteAddress),
      session: sessionOf(request),
      path: request.path,
    };
    const caller = await identify(evidence).catch((error: unknown) => {
      if (error instanceof StagingError && error.code === 'TOKEN_INVALID')
        challenge(response, openId.issuers, error);
      throw error;
    });
    if (caller) setCaller(response, caller);
    if (access === 'optional') return next();
    if (!caller) {
      challenge(response, openId.issuers);
      throw new StagingError('UNAUTHENTICATED');
    }
    if (!access.some((role) => caller.roles.has(role))) {
      const { method, path } = request;
      throw new StagingError('ROLE_REQUIRED', { method, path, roles: access.join(' or ') });
    }
    next();
  };
}

/** Names the accepted credentials (RFC 6750 §3; IVOA AuthVO, working draft of 2025, `ivoa_bearer`). */
function challenge(response: Response, issuers: readonly string[], error?: StagingError): void {
  const fault = error
    ? `, error="invalid_token", error_description="${error.message.replaceAll(/["\\]/g, "'")}"`
    : '';
  response.append('WWW-Authenticate', `Bearer realm="staging"${fault}`);
  for (const issuer of issuers) {
    const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    response.append(
      'WWW-Authenticate',
      `ivoa_bearer standard_id="ivo://ivoa.net/sso#OpenID", discovery_url="${discovery}"`,
    );
  }
}
