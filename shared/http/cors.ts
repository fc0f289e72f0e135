import cors from 'cors';
import type { RequestHandler } from 'express';

/** How long browsers may cache a preflight's answer, in seconds: the maximum of Chromium. */
const preflightMaxAgeSeconds = 7200;

const methods = ['GET', 'HEAD', 'POST', 'DELETE'];

/** The request headers that need permission. */
const requestHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'If-Unmodified-Since',
  'Jupyter-Token',
  'Last-Event-ID',
  'Prefer',
  'Range',
  'Want-Digest',
  'Want-Repr-Digest',
  'X-Request-Id',
];

/** The response headers that need permission to be read. */
const answerHeaders = [
  'Accept-Ranges',
  'Allow',
  'Content-Disposition',
  'Content-Range',
  'Digest',
  'ETag',
  'Idempotent-Replayed',
  'Last-Modified',
  'Link',
  'Location',
  'Picture-Limits',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Repr-Digest',
  'Retry-After',
  'X-Request-Id',
];

/**
 * Allows pages of these origins to use the API from a browser (CORS, Fetch standard §3.2), without cookies. A page of
 * any other origin is refused: its preflight is answered like any other OPTIONS request, and its read requests are
 * handled, but its scripts cannot read the answers. It cannot stage or change anything else: see `publicUrls.ts`.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler[] {
  if (origins.length === 0) return [];
  const allow = cors({
    origin: (origin, answer) => answer(null, origin !== undefined && origins.includes(origin)),
    methods,
    allowedHeaders: requestHeaders,
    exposedHeaders: answerHeaders,
    maxAge: preflightMaxAgeSeconds,
  });
  return [varyByOrigin, allow];
}

/** Also for refused origins: a cache must not give their answer to an allowed one. */
const varyByOrigin: RequestHandler = (_request, response, next) => {
  response.vary('Origin');
  next();
};
