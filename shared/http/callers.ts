import { parseCookie } from 'cookie';
import type { CookieOptions, Request, RequestHandler, Response } from 'express';
import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { Identity } from '../identity/identity.ts';
import { type Caller, type Viewer, viewerOf } from '../model/caller.ts';
import { accessTo } from './contract/access.ts';
import { isInNetworks } from './limits/clientNetwork.ts';

/** The senders of requests, by their answers. */
const callers = new WeakMap<Response, Caller>();

/** The sender of the request of an answer, if known. */
export function findCaller(response: Response): Caller | undefined {
  return callers.get(response);
}

/** The sender of the request of an answer. To be used in handlers of routes that are not public. */
export function callerOf(response: Response): Caller {
  const caller = callers.get(response);
  if (!caller) throw new Error('a public route asked who its caller is');
  return caller;
}

/** The rows of the record that the caller may see. */
export function viewerFor(response: Response): Viewer {
  return viewerOf(callerOf(response));
}

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
    if (caller) callers.set(response, caller);
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

/** Cookies with this prefix are set by this host itself, and only with TLS (RFC 6265bis §4.1.3.2). */
const hostOnly = '__Host-';

const sessionCookie = `${hostOnly}staging`;

/** Sent when a link from another site is followed, but with no other request from there. */
const options: CookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' };

/** The secret of a request's session: from its cookie or, for a single download, from its link. */
export function sessionOf(request: Request): Secret | undefined {
  const { link } = request.query;
  const given =
    typeof link === 'string' && request.path.startsWith('/download/')
      ? link
      : readCookie(request, sessionCookie);
  return given ? new Secret(given) : undefined;
}

/** Sets the cookie with the secret of a session. */
export function setSession(response: Response, secret: Secret): void {
  response.cookie(sessionCookie, secret.reveal(), options);
}

/** Deletes the cookie. */
export function forgetSession(response: Response): void {
  response.clearCookie(sessionCookie, options);
}

/** Stores something in the browser for the minutes that a login takes. */
export function setLoginCookie(response: Response, value: string): void {
  response.cookie(`${hostOnly}staging-login`, value, { ...options, maxAge: 600_000 });
}

/** Reads and deletes it. */
export function takeLoginCookie(request: Request, response: Response): string | undefined {
  response.clearCookie(`${hostOnly}staging-login`, options);
  return readCookie(request, `${hostOnly}staging-login`);
}

function readCookie(request: Request, name: string): string | undefined {
  return parseCookie(request.get('cookie') ?? '')[name];
}
