import { StagingError, systemErrorCode } from '../errors/stagingError.ts';
import { hideLiveSecrets } from '../process/liveSecrets.ts';

/** Text of another program, safe for an error: one short line, without our secrets. */
export function harmless(text: string): string {
  const line = hideLiveSecrets(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

/** The error of a request without an answer, or with one that is not from Rucio. */
export function unreachable(reason: string, cause?: unknown, automaticRetries?: number): StagingError {
  const options = { cause, ...(automaticRetries !== undefined && { automaticRetries }) };
  return new StagingError('RUCIO_UNREACHABLE', { reason }, options);
}

/** An answer that reports an error of Rucio. */
interface RefusedAnswer {
  readonly status: number;
  readonly exception: string | undefined;
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
