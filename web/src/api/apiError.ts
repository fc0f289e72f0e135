import type { Problem } from '../../../shared/http/contract/answers/problem.ts';

/**
 * Why a call failed: the service (or the network) did not answer, it answered with a problem (RFC 9457), or with
 * something that this page does not understand.
 */
export type ApiFailureKind = 'unreachable' | 'problem' | 'unexpected';

/** The only error of a call to the service. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ApiFailureKind;
  readonly problem: Problem | undefined;

  constructor(kind: ApiFailureKind, message: string, options: ErrorOptions & { problem?: Problem } = {}) {
    super(message, options);
    this.kind = kind;
    this.problem = options.problem;
  }
}
