import type { RequestHandler } from 'express';
import { StagingError } from '../errors/stagingError.ts';
import type { PublicUrls } from './publicUrls.ts';

const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
const otherSites: readonly string[] = ['cross-site', 'same-site'];

/**
 * Refuses what pages of other sites would change here by the browser of somebody who may (CSRF): the browser says that
 * it is such a page (Fetch Metadata), or of which origin the page is. Pages of the allowed origins may. A request with
 * neither header is not from a browser.
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
