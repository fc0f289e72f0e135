import { StagingError, systemErrorCode } from '../errors/stagingError.ts';

/** The error of a request without an answer, or with one that is not from Rucio. */
export function unreachable(reason: string, cause?: unknown, automaticRetries?: number): StagingError {
  const options = { cause, ...(automaticRetries !== undefined && { automaticRetries }) };
  return new StagingError('RUCIO_UNREACHABLE', { reason }, options);
}

/** An answer that reports an error of Rucio. */
export interface RefusedAnswer {
  readonly status: number;
  /** Rucio's name of the error. */
  readonly exception: string | undefined;
  /** Rucio's error message, as one safe line; empty if there is none. */
  readonly message: string;
}

/** An unexpected answer to this request: an error in the settings, or in Rucio. */
export function unexpected({ status, exception, message }: RefusedAnswer): StagingError {
  const said = [`it answered ${status}`, exception, message].filter(Boolean).join(' ');
  const isOurs = exception === 'InvalidRSEExpression' || exception === 'RSENotFound';
  return unreachable(isOurs ? `RUCIO_RSE may be wrong, for ${said}` : said, undefined, 0);
}

/** fetch only reports "fetch failed"; the reason is in its cause. */
export function reasonOf(thrown: unknown): string {
  const cause = typeof thrown === 'object' && thrown !== null && 'cause' in thrown ? thrown.cause : thrown;
  const code = systemErrorCode(cause);
  if (code !== undefined) return code === 'ECONNREFUSED' ? 'the connection was refused' : code;
  return 'the connection failed';
}

/** Whether a failure of Rucio may be transient. */
export function mayPass(error: unknown): error is StagingError {
  return error instanceof StagingError && error.automaticRetries > 0;
}

/** Pauses before the next attempts, in ms. */
const pausesMs = [200, 1000];

/** How long to pause after a failed attempt, in ms; undefined if another would not help. */
export function pauseAfter(error: unknown, attempt: number): number | undefined {
  return mayPass(error) ? pausesMs[attempt - 1] : undefined;
}
