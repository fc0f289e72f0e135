import { createHash } from 'node:crypto';
import { StagingError } from '../errors/stagingError.ts';
import type { Digests } from '../model/operation.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { StagingRequest, StagingTarget } from './stagingMethod.ts';
import { algorithmsOf } from './verification.ts';

/** What the record knows about published data. */
export type PublishedRecord = Pick<OperationRecord, 'findPublished'>;

/** What identifies published data in the record: for whom, where, and what the target identifies it by. */
export function targetKeyOf(
  { username, target }: Pick<StagingRequest, 'username' | 'target'>,
  identity: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([username, target.names, identity]))
    .digest('hex');
}

/**
 * Compares data that has its final name already with the digests of the caller, and returns them. This is done only if
 * the service itself has published the data: otherwise any client could try out what is in any file of any user.
 * @throws TARGET_DIFFERS, which never says the digests that it has
 */
export async function comparePresent(
  request: StagingRequest,
  target: StagingTarget,
  operations: PublishedRecord,
  signal: AbortSignal,
): Promise<Digests> {
  const differs = (reason: string) => new StagingError('TARGET_DIFFERS', { target: target.location, reason });
  const algorithms = algorithmsOf(request.expectedDigests);
  if (algorithms.length === 0) return {};
  // A part tree has only what the service has put there, and a caller's own token shows that they may read the file.
  const identity = request.partTree || request.jupyterToken ? undefined : await target.identify();
  if (identity !== undefined && !(await operations.findPublished(targetKeyOf(request, identity)))) {
    throw differs('was not put there by this service or has changed since, so its digests are not compared');
  }
  const digests = await target.computeDigests(algorithms, signal, identity);
  for (const algorithm of algorithms) {
    const expected = request.expectedDigests[algorithm] ?? '';
    if (digests[algorithm] !== expected) {
      throw differs(`its ${algorithm} is not the ${expected} that was asked for`);
    }
  }
  return digests;
}
