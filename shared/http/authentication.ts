import { BlockList, isIPv6 } from 'node:net';
import type { RequestHandler, Response } from 'express';
import { StagingError } from '../errors/stagingError.ts';
import type { Identify } from '../identity/identity.ts';
import { setCaller } from './caller.ts';
import { accessTo } from './contract/access.ts';

/** What is needed to know who sends a request. */
export interface Authentication {
  readonly identify: Identify;
  readonly trustedProxies: readonly string[];
  /** The OpenID providers, for clients that look for one. */
  readonly issuers: readonly string[];
}

/**
 * Identifies the caller, and refuses what the table of routes does not let them do.
 * @throws UNAUTHENTICATED, ROLE_REQUIRED, ROUTE_NOT_FOUND, and what `identify` throws
 */
export function authenticate({ identify, trustedProxies, issuers }: Authentication): RequestHandler {
  const proxies = networks(trustedProxies);
  return async (request, response, next) => {
    const access = accessTo(request.path);
    if (access === undefined) throw new StagingError('ROUTE_NOT_FOUND', { path: request.path });
    if (access === 'public') return next();
    const evidence = {
      header: (name: string) => request.get(name),
      isFromProxy: isIn(proxies, request.socket.remoteAddress),
    };
    const caller = await identify(evidence).catch((error: unknown) => {
      if (error instanceof StagingError && error.code === 'TOKEN_INVALID')
        challenge(response, issuers, error);
      throw error;
    });
    if (!caller) {
      challenge(response, issuers);
      throw new StagingError('UNAUTHENTICATED');
    }
    setCaller(response, caller);
    if (!access.some((role) => caller.roles.has(role))) {
      const { method, path } = request;
      throw new StagingError('ROLE_REQUIRED', { method, path, roles: access.join(' or ') });
    }
    next();
  };
}

/** Says how to identify oneself (RFC 6750 §3; IVOA AuthVO, working draft of 2025, `ivoa_bearer`). */
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

function networks(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix] = text.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function isIn(list: BlockList, address: string | undefined): boolean {
  return address !== undefined && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
