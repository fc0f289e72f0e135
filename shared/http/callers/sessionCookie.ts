import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { Secret } from '../../config/secret.ts';

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
