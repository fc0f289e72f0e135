import { createHash } from 'node:crypto';
import { StagingError } from '../errors/stagingError.ts';
import type { OperationRow } from './database/tables.ts';

/** What a client names by a key. Each kind has keys of its own. */
export type KeyedKind = 'operation' | 'batch';

/**
 * What is unique of a client's Idempotency-Key: SHA-256 in hex, of one length whatever the key's. Every user has keys of
 * their own, so that nobody meets, or takes, another one's.
 */
export function idempotencyHash(kind: KeyedKind, username: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, username, key]))
    .digest('hex');
}

/** The columns that make a request; who asks with a token of their own asks for the same. */
const requestColumns = [
  'method',
  'username',
  'localPathOnStorage',
  'relativePath',
  'expectedSha256',
  'expectedAdler32',
  'expectedMd5',
] as const satisfies (keyof OperationRow)[];

/** @throws IDEMPOTENCY_KEY_REUSED when the first request with the key was another one */
export function checkSameRequest(first: OperationRow, again: OperationRow): void {
  if (requestColumns.every((column) => first[column] === again[column])) return;
  throw new StagingError('IDEMPOTENCY_KEY_REUSED', { id: first.id });
}
