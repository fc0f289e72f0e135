import { createHash } from 'node:crypto';
import { StagingError } from '../errors/stagingError.ts';
import type { ReadRow } from './database/tables.ts';

/**
 * The unique hash of a client's Idempotency-Key: SHA-256 in hex, of one length for all keys. Each kind of request has
 * separate keys, and so has every user, so that users can neither see nor occupy each other's.
 */
export function idempotencyHash(kind: 'operation' | 'batch', username: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, username, key]))
    .digest('hex');
}

/** The columns that identify a request; a caller's own token makes no difference. */
const requestColumns = [
  'method',
  'username',
  'localPathOnStorage',
  'relativePath',
  'expectedSha256',
  'expectedAdler32',
  'expectedMd5',
  'lifetimeSeconds',
  'replicate',
] as const satisfies (keyof ReadRow)[];

/** @throws IDEMPOTENCY_KEY_REUSED when the first request with the key was a different one */
export function checkSameRequest(first: ReadRow, again: ReadRow): void {
  if (requestColumns.every((column) => first[column] === again[column])) return;
  throw new StagingError('IDEMPOTENCY_KEY_REUSED', { id: first.id });
}
