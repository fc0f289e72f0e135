import { StagingError } from '../errors/stagingError.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { Digests } from '../model/operation.ts';
import type { DigestMeans } from '../storage/digest/digestOpenFile.ts';
import type { FileSource } from '../storage/source.ts';
import type { StagingRequest, Transferred } from './stagingMethod.ts';

/** The algorithms of the digests that are given. */
export function algorithmsOf(digests: Digests): DigestAlgorithm[] {
  const known: readonly DigestAlgorithm[] = ['sha256', 'adler32', 'md5'];
  return known.filter((algorithm) => digests[algorithm] !== undefined);
}

/**
 * Checks that a file is unchanged since it was opened: same size, same time; for an object: same ETag. If only its
 * ctime has changed, it may have been linked or its mode changed, or it was written and the time set back: then its
 * bytes are digested once more.
 * @throws SOURCE_CHANGED
 */
export async function checkSourceUnchanged(
  source: FileSource,
  request: StagingRequest,
  transferred: Transferred,
  means: DigestMeans,
): Promise<void> {
  const now = await source.compare(means.signal);
  if (now === 'same' || (now === 'touched' && (await hasSameDigest(source, transferred, means)))) return;
  throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
}

async function hasSameDigest(
  source: FileSource,
  transferred: Transferred,
  means: DigestMeans,
): Promise<boolean> {
  const [algorithm = 'sha256'] = algorithmsOf(transferred.digests);
  const arrived = transferred.digests[algorithm]
    ? transferred.digests
    : await transferred.computeDigests?.([algorithm]);
  const again = await source.digest([algorithm], means);
  return again[algorithm] === arrived?.[algorithm];
}

/** Checks the data against the caller's digests. @throws DIGEST_MISMATCH */
export async function checkDigests(
  source: FileSource,
  request: StagingRequest,
  transferred: Digests,
  means: DigestMeans,
): Promise<void> {
  const algorithms = algorithmsOf(request.expectedDigests);
  const missing = algorithms.filter((algorithm) => transferred[algorithm] === undefined);
  const computed = missing.length > 0 ? await source.digest(missing, means) : {};
  for (const algorithm of algorithms) {
    const actual = transferred[algorithm] ?? computed[algorithm] ?? '';
    const expected = request.expectedDigests[algorithm] ?? '';
    if (actual !== expected) throw new StagingError('DIGEST_MISMATCH', { algorithm, actual, expected });
  }
}
