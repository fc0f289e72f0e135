import type { StagingError } from '../../errors/stagingError.ts';
import type { Problem } from './answers/problem.ts';

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
