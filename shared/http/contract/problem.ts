import * as z from 'zod';
import { errorClasses } from '../../errors/errorTable.ts';
import type { StagingError } from '../../errors/stagingError.ts';

/** An error, as RFC 9457 problem details with our own members. */
export const problemSchema = z
  .object({
    type: z.string().describe('URI that identifies the kind of error'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('explanation of this error, for users'),
    instance: z.string().describe('the path of the request'),
    code: z.string().describe('stable code, from the table of errors'),
    class: z.enum(errorClasses),
    retryable: z.boolean().describe('whether a retry of the same request may succeed'),
    remedy: z.string().describe('what to do about it'),
    request_id: z.string().optional(),
    operation_id: z.string().optional(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldError' }))
      .optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problemSchema>;

/** The request in which an error occurred. */
export interface ProblemPlace {
  readonly instance: string;
  readonly requestId: string | undefined;
  readonly operationId: string | undefined;
}

/** An error as its answer's body. */
export function problemOf(error: StagingError, place: ProblemPlace): Problem {
  const { status, title, remedy } = error.definition;
  return {
    type: `urn:ska-staging-service:error:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: place.instance,
    code: error.code,
    class: error.definition.class,
    retryable: error.isRetryable,
    remedy,
    ...(place.requestId !== undefined && { request_id: place.requestId }),
    ...(place.operationId !== undefined && { operation_id: place.operationId }),
    ...(error.errors.length > 0 && { errors: [...error.errors] }),
  };
}
