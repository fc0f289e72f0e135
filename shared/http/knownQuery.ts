import type { RequestHandler } from 'express';
import type * as z from 'zod';
import { StagingError } from '../errors/stagingError.ts';

/**
 * Refuses a query with members that no schema has: a filter with a misspelt name would otherwise match everything. To be
 * put before the handler of every route.
 */
export function onlyQuery(...schemas: readonly z.ZodObject[]): RequestHandler {
  const known = schemas.flatMap((schema) => Object.keys(schema.shape));
  return (request, _response, next) => {
    refuse(
      Object.keys(request.query).find((name) => !known.includes(name)),
      known,
    );
    next();
  };
}

/** The same for members whose names are case-insensitive, and of which some are ignored. */
export function onlyQueryInAnyCase(schema: z.ZodObject, ignored: readonly string[]): RequestHandler {
  const known = Object.keys(schema.shape);
  const taken = [...known, ...ignored];
  return (request, _response, next) => {
    refuse(
      Object.keys(request.query).find((name) => !taken.includes(name.toLowerCase())),
      known,
    );
    next();
  };
}

/** @throws QUERY_UNKNOWN if there is an unknown member */
function refuse(unknown: string | undefined, known: readonly string[]): void {
  if (unknown === undefined) return;
  throw new StagingError('QUERY_UNKNOWN', {
    name: JSON.stringify(unknown.slice(0, 100)),
    known: known.join(', ') || 'none',
  });
}
