import type * as z from 'zod';
import { type FieldError, StagingError } from '../errors/stagingError.ts';

/** One part of a request and its schema. */
interface RequestPart<Schema extends z.ZodType> {
  /** Its name in errors: `query`, `body`, … */
  readonly name: string;
  readonly value: unknown;
  readonly schema: Schema;
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
  const errors = parsed.error.issues.map((issue) => ({
    path: [part.name, ...issue.path].join('.'),
    message: issue.message,
  }));
  return { errors };
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
