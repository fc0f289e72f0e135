import type * as z from 'zod';
import { type FieldError, StagingError } from '../errors/stagingError.ts';

/** One part of a request and its schema. */
interface RequestPart<Schema extends z.ZodType> {
  /** Its name in errors: `query`, `body`, … */
  readonly name: string;
  readonly value: unknown;
  readonly schema: Schema;
  /** Whether a + means a blank in it, as in queries, which is the default for these, and in forms. */
  readonly isUrlEncoded?: boolean;
}

/** The faults of a part of a request, or its value. */
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

/** Times with an offset and names have it, and most clients do not encode it. */
const plusHint = '; a + must be written as %2B';

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (within, name) => (typeof within === 'object' && within !== null ? Reflect.get(within, name) : undefined),
    value,
  );
}

/** The error for all faults of a request, as one sentence and as a list. */
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
