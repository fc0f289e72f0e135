import type { Request } from 'express';
import { StagingError } from '../../errors/stagingError.ts';
import { idempotencyKeyPattern } from '../contract/staging.ts';

/**
 * The Idempotency-Key of a request (draft-ietf-httpapi-idempotency-key-header-07 §2.1): with quotation marks as in the
 * draft, or without, as most clients send it. Undefined if there is none. @throws IDEMPOTENCY_KEY_INVALID
 */
export function readIdempotencyKey(request: Request): string | undefined {
  const header = request.get('idempotency-key');
  if (header === undefined) return undefined;
  if (!idempotencyKeyPattern.test(header)) throw new StagingError('IDEMPOTENCY_KEY_INVALID');
  return header.startsWith('"') ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
}
