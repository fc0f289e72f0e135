import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Limits } from '../../shared/config/limitConfig.ts';
import { StagingError } from '../../shared/errors/stagingError.ts';
import { readIdempotencyKey } from '../../shared/http/staging/idempotencyKey.ts';
import type { Batch } from '../../shared/model/batch.ts';
import { idempotencyHash } from '../../shared/record/idempotency.ts';
import { bodyBytes } from './batchBody.ts';

/** The fingerprint of a request for a batch: computed as the body arrives. */
export interface RequestFingerprint {
  update(chunk: Buffer): void;
  /** SHA-256 in hex, of the method, the query, the content type and the body. */
  digest(): string;
}

/** The hash of a request's Idempotency-Key, for the user that it belongs to; undefined without one. @throws IDEMPOTENCY_KEY_INVALID */
export function batchKeyOf(request: Request, username: string | null): string | undefined {
  const key = readIdempotencyKey(request);
  return key === undefined ? undefined : idempotencyHash('batch', String(username), key);
}

/** Starts the fingerprint of a request. */
export function fingerprintOf(request: Request): RequestFingerprint {
  const { method, username, all_or_nothing, relative_path } = request.query;
  const said = [method, username, all_or_nothing, relative_path, request.get('content-type')];
  const hash = createHash('sha256').update(JSON.stringify(said));
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('hex') };
}

/**
 * Checks that a request is the one that created this batch, by reading all of it.
 * @throws IDEMPOTENCY_KEY_REUSED, REQUEST_UNFINISHED
 */
export async function checkSameBatch(
  request: Request,
  first: Batch,
  { maxBatchBytes }: Pick<Limits, 'maxBatchBytes'>,
): Promise<void> {
  const fingerprint = fingerprintOf(request);
  for await (const chunk of bodyBytes(request, maxBatchBytes)) fingerprint.update(chunk);
  if (first.requestSha256 === null) throw new StagingError('REQUEST_UNFINISHED');
  if (first.requestSha256 !== fingerprint.digest()) {
    throw new StagingError('IDEMPOTENCY_KEY_REUSED', { id: first.id });
  }
}
