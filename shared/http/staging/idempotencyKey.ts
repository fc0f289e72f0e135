import type { Request } from 'express';
import { StagingError } from '../../errors/stagingError.ts';

/** A String of RFC 9651 §3.3.3, as the draft of the header requires. */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const visible = /^[\x21-\x7e]{1,255}$/;

/**
 * The Idempotency-Key of a request (draft-ietf-httpapi-idempotency-key-header-07 §2.1): with quotation marks as in the
 * draft, or without, as most clients send it. Undefined if there is none. @throws IDEMPOTENCY_KEY_INVALID
 */
export function readIdempotencyKey(request: Request): string | undefined {
  const header = request.get('idempotency-key');
  if (header === undefined) return undefined;
  const inner = quoted.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1');
  const key = inner ?? (header.includes('"') ? '' : header);
  if (!visible.test(key)) throw new StagingError('IDEMPOTENCY_KEY_INVALID');
  return key;
}
