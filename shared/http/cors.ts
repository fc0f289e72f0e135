import cors from 'cors';
import type { RequestHandler } from 'express';

/** How long browsers may remember a preflight's answer, in seconds: as long as Chromium does at most. */
const preflightMaxAgeSeconds = 7200;

const methods = ['GET', 'HEAD', 'POST', 'DELETE'];

/** What a client may send beside the headers that need no leave. */
const requestHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'If-Unmodified-Since',
  'Last-Event-ID',
  'Prefer',
  'Range',
  'Want-Digest',
  'Want-Repr-Digest',
  'X-Request-Id',
];

/** What scripts may read beside the headers that they always may. */
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
  'Preference-Applied',
  'Repr-Digest',
  'Retry-After',
  'X-Request-Id',
];

/**
 * Lets pages of these origins use the API from a browser (CORS, Fetch standard §3.2), without cookies. A page of any
 * other origin gets no leave: its preflight is answered as any other OPTIONS request, and what it sends without one is
 * handled, but its scripts cannot read the answer. It cannot stage, for a JSON body always takes a preflight.
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

/** Also where an origin gets no leave: a cache must not give its answer to one that does. */
const varyByOrigin: RequestHandler = (_request, response, next) => {
  response.vary('Origin');
  next();
};
