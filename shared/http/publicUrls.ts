import { isIPv6 } from 'node:net';
import type { Request, RequestHandler, Response } from 'express';
import { StagingError } from '../errors/stagingError.ts';

// Clients reach the service at its public URLs. It answers requests for these only, and builds addresses from the one
// that a request was sent to, never from the request's Host. So no website can make the service answer under another
// name (DNS rebinding), and addresses are correct behind a proxy that serves the service beneath a path.

/** The public URLs that a request may have been sent to. */
export type PublicUrls = (request: Request) => readonly URL[];

/** A valid Host: a name or an address, and a port (RFC 9110 §7.2). */
const hostPattern = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;

/**
 * Answered for any Host: Kubernetes and Prometheus request them by the address of a pod. They change nothing, and
 * reveal nothing about users or data.
 */
const probePaths = /^\/(?:healthz|readyz|metrics)\/?$/i;

/** The URLs of a server that clients reach directly: the loopback names and its own, with the port that it listens on. */
export function listeningUrls(host: string): PublicUrls {
  const names = new Set(['127.0.0.1', 'localhost', '[::1]', isIPv6(host) ? `[${host}]` : host]);
  const known = new Map<number | undefined, readonly URL[]>();
  return ({ socket: { localPort: port } }) => {
    const texts = [...names].map((name) => `http://${name}:${port}`);
    const urls = known.get(port) ?? texts.filter((text) => URL.canParse(text)).map((text) => new URL(text));
    known.set(port, urls);
    return urls;
  };
}

/** Refuses requests for other hosts, and stores the public URL of the others. */
export function refuseOtherHosts(publicUrls: PublicUrls): RequestHandler {
  return (request, response, next) => {
    const host = hostOf(request);
    const url = findUrl(publicUrls(request), host, request.protocol);
    if (!url && host !== undefined && !probePaths.test(request.path)) {
      throw new StagingError('HOST_UNKNOWN', { host: JSON.stringify(host.slice(0, 255)) });
    }
    response.locals['publicUrl'] = url;
    next();
  };
}

/** The address of a path of the service, as the client of this answer reaches it. */
export function publicUrl(response: Response, path: string): string {
  const url: unknown = response.locals['publicUrl'];
  return url instanceof URL ? `${url.origin}${prefixOf(url)}${path}` : path;
}

/** The same without scheme and host. */
export function publicPath(response: Response, path: string): string {
  const url: unknown = response.locals['publicUrl'];
  return url instanceof URL ? prefixOf(url) + path : path;
}

const prefixOf = ({ pathname }: URL) => pathname.replace(/\/+$/, '');

/** A target in absolute form takes precedence over the Host (RFC 9112 §3.2.2). */
function hostOf(request: Request): string | undefined {
  const { url } = request;
  return /^[a-z]+:/i.test(url) && URL.canParse(url) ? new URL(url).host : request.host;
}

/** Without a Host, which only HTTP/1.0 clients omit, the first one. Of several, that of the scheme in use. */
function findUrl(urls: readonly URL[], host: string | undefined, scheme: string): URL | undefined {
  if (host === undefined) return urls[0];
  const matching = urls.filter((url) => url.host === normalHost(host, url.protocol));
  return matching.find(({ protocol }) => protocol === `${scheme}:`) ?? matching[0];
}

/** In lower case, without the default port of the scheme, and with addresses in canonical form. */
function normalHost(host: string, protocol: string): string | undefined {
  const url = `${protocol}//${host}`;
  return hostPattern.test(host) && URL.canParse(url) ? new URL(url).host : undefined;
}

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
const otherSites: readonly string[] = ['cross-site', 'same-site'];

/**
 * Refuses changes by pages of other sites in an authenticated user's browser (CSRF): the browser reports that it is
 * such a page (Fetch Metadata), or the page's origin. Pages of the allowed origins are accepted. A request with neither
 * header is not from a browser.
 */
export function refuseOtherSites(publicUrls: PublicUrls, allowedOrigins: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const origin = request.get('origin');
    if (safeMethods.includes(request.method) || (origin && allowedOrigins.includes(origin))) return next();
    const isOwn = origin === undefined || publicUrls(request).some((url) => url.origin === origin);
    if (isOwn && !otherSites.includes(request.get('sec-fetch-site') ?? '')) return next();
    throw new StagingError('ORIGIN_REFUSED', { origin: JSON.stringify((origin ?? 'unknown').slice(0, 255)) });
  };
}

const views = [
  { pattern: /^\/operations\/([\da-f-]{36})\/?$/i, view: '#/operations/' },
  { pattern: /^\/batches\/([\da-f-]{36})\/?$/i, view: '#/operations?batch=' },
];

/**
 * Redirects browsers, which prefer HTML, from an operation or a batch to its view on the page, where one can also log
 * in: such an address is often opened by a click.
 */
export const browsersToPage: RequestHandler = (request, response, next) => {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  for (const { pattern, view } of isRead ? views : []) {
    const [, id] = pattern.exec(request.path) ?? [];
    if (id === undefined) continue;
    response.vary('Accept');
    if (request.accepts(['application/json', 'text/html']) !== 'text/html') continue;
    response
      .status(303)
      .location(publicPath(response, `/${view}${id}`))
      .end();
    return;
  }
  next();
};
