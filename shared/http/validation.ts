import type { Request, RequestHandler, Response, Router } from 'express';
import type * as z from 'zod';
import type { Config } from '../config/config.ts';
import { type FieldError, StagingError } from '../errors/stagingError.ts';
import { onlyMethods } from './app.ts';

/** One part of a request and its schema. */
interface RequestPart<Schema extends z.ZodType> {
  /** Its name in errors: `query`, `body`, … */
  readonly name: string;
  readonly value: unknown;
  readonly schema: Schema;
  /** Whether a + means a space in it, as in queries, which is the default for these, and in forms. */
  readonly isUrlEncoded?: boolean;
}

/** The errors in a part of a request, or its value. */
export type Validated<Value> =
  | { readonly value: Value; readonly errors?: never }
  | { readonly errors: readonly FieldError[] };

/** Parses a part of a request. */
export function validatePart<Schema extends z.ZodType>(
  part: RequestPart<Schema>,
): Validated<z.output<Schema>> {
  const parsed = part.schema.safeParse(part.value);
  if (parsed.success) return { value: parsed.data };
  const { isUrlEncoded = part.name.startsWith('query') } = part;
  const errors = parsed.error.issues.map(({ path, message }) => {
    const mayLackPlus = isUrlEncoded && String(valueAt(part.value, path)).includes(' ');
    return { path: [part.name, ...path].join('.'), message: mayLackPlus ? `${message}${plusHint}` : message };
  });
  return { errors };
}

/** Times with an offset and names contain it, and most clients do not encode it. */
const plusHint = '; a + must be written as %2B';

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (within, name) => (typeof within === 'object' && within !== null ? Reflect.get(within, name) : undefined),
    value,
  );
}

/** How many entries the page of a list has that a request wants so long: as many as the site allows. */
export function pageLength(limit: number, { limits }: Pick<Config, 'limits'>): number {
  return Math.min(limit, limits.maxPageItems);
}

/** The error for all invalid values of a request, as one sentence and as a list. */
export function invalidRequest(errors: readonly FieldError[]): StagingError {
  const reason = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new StagingError('BODY_INVALID', { reason }, { errors });
}

/** Parses a part of a request, or throws. @throws BODY_INVALID */
export function parsePart<Schema extends z.ZodType>(part: RequestPart<Schema>): z.output<Schema> {
  const validated = validatePart(part);
  if (validated.errors) throw invalidRequest(validated.errors);
  return validated.value;
}

/** Parses the query of a request, or throws. @throws BODY_INVALID */
export function parseQuery<Schema extends z.ZodType>(
  { query: value }: Pick<Request, 'query'>,
  schema: Schema,
): z.output<Schema> {
  return parsePart({ name: 'query', value, schema });
}

/** Adds a route that only reads, by a query with this schema. */
export function addReadRoute<Schema extends z.ZodObject>(
  router: Router,
  path: string,
  schema: Schema,
  answer: (query: z.output<Schema>, request: Request, response: Response) => Promise<void> | void,
): void {
  router
    .route(path)
    .get(onlyQuery(schema), (request, response) => answer(parseQuery(request, schema), request, response))
    .all(onlyMethods('GET', 'HEAD'));
}

/**
 * Refuses a query with unknown parameters: a misspelt filter would otherwise match everything. To be added before the
 * handler of every route.
 */
export function onlyQuery(...schemas: readonly z.ZodObject[]): RequestHandler {
  const known = schemas.flatMap((schema) => Object.keys(schema.shape));
  return refuseUnknown(known, (name) => known.includes(name));
}

/** The same for parameters whose names are case-insensitive, some of which are ignored. */
export function onlyQueryInAnyCase(schema: z.ZodObject, ignored: readonly string[]): RequestHandler {
  const known = Object.keys(schema.shape);
  const taken = [...known, ...ignored];
  return refuseUnknown(known, (name) => taken.includes(name.toLowerCase()));
}

/** @throws QUERY_UNKNOWN */
function refuseUnknown(known: readonly string[], isTaken: (name: string) => boolean): RequestHandler {
  return ({ query }, _response, next) => {
    const unknown = Object.keys(query).find((name) => !isTaken(name));
    if (unknown === undefined) return next();
    throw new StagingError('QUERY_UNKNOWN', {
      name: JSON.stringify(unknown.slice(0, 100)),
      known: known.join(', ') || 'none',
    });
  };
}
