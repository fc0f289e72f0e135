import { StagingError } from '../errors/stagingError.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { Digests } from '../model/operation.ts';
import { proveReplica } from '../storage/catalogue.ts';
import { smallFileBytes } from '../storage/copy/partFile.ts';
import type { DigestMeans } from '../storage/digest/digestOpenFile.ts';
import type { FileSource, Source } from '../storage/source.ts';
import type { StagingRequest, Transferred } from './stagingMethod.ts';

/** The algorithms of the digests that are given. */
export function algorithmsOf(digests: Digests): DigestAlgorithm[] {
  const known: readonly DigestAlgorithm[] = ['sha256', 'adler32', 'md5'];
  return known.filter((algorithm) => digests[algorithm] !== undefined);
}

/** The digests to compute: the configured ones, and those that the caller and the catalogue expect. */
export function digestsOf(
  source: Source,
  request: StagingRequest,
  configured: readonly DigestAlgorithm[],
): readonly DigestAlgorithm[] {
  if (source.kind === 'tree') return [];
  const expected = [...algorithmsOf(request.expectedDigests), ...(source.catalogued?.algorithms ?? [])];
  return [...new Set([...configured, ...expected])];
}

/** Digests of a large file are cached; digesting a small one is faster than the lookup. */
export function areDigestsKept(source: Source, { digests }: Transferred): source is FileSource {
  if (source.kind === 'tree' || algorithmsOf(digests).length === 0) return false;
  return source.sizeBytes > smallFileBytes;
}

/** Verifies transferred data before it is published. @throws SOURCE_CHANGED, DIGEST_MISMATCH, REPLICA_DIFFERS */
export async function verify(
  request: StagingRequest,
  source: Source,
  transferred: Transferred,
  means: DigestMeans,
): Promise<void> {
  // Trees are verified file by file during the transfer, and a link shares its source's bytes.
  if (source.kind === 'tree') return;
  if (!transferred.linkType) await checkSourceUnchanged(source, request, transferred, means);
  await checkDigests(source, request, transferred.digests, means);
  if (!transferred.isPartial) await proveReplica(source, transferred.digests, means);
}

/** @throws DIGEST_OF_DIRECTORY */
export function checkDigestsApply(request: StagingRequest, source: Source): void {
  if (source.kind === 'tree' && algorithmsOf(request.expectedDigests).length > 0) {
    throw new StagingError('DIGEST_OF_DIRECTORY', { path: request.source.given });
  }
}

/**
 * Checks that a file is unchanged since it was opened: same size, same time; for an object: same ETag. If only its
 * ctime has changed, it may have been linked or its mode changed, or it was written and the time set back: then its
 * bytes are digested once more.
 * @throws SOURCE_CHANGED
 */
async function checkSourceUnchanged(
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
async function checkDigests(
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
