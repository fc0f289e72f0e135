import { StagingError } from '../errors/stagingError.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { Digests } from '../model/operation.ts';
import { type DigestMeans, digestOpenFile } from '../storage/digest/digestOpenFile.ts';
import { createDigests } from '../storage/digest/digests.ts';
import type { OpenFile } from '../storage/mounted/openAt.ts';
import type { S3Object } from '../storage/objects/s3Object.ts';
import { fromThread } from '../storage/threads/threadPool.ts';
import type { StagingRequest, Transferred } from './stagingMethod.ts';

/** The algorithms of the digests that are given. */
export function algorithmsOf(digests: Digests): DigestAlgorithm[] {
  const known: readonly DigestAlgorithm[] = ['sha256', 'adler32', 'md5'];
  return known.filter((algorithm) => digests[algorithm] !== undefined);
}

/**
 * Checks that a file is still what was opened: same size, same time; for an object: same ETag. If only its ctime has
 * changed, it may have been linked or its mode changed, or it was written and the time set back: then its bytes are
 * digested once more.
 * @throws SOURCE_CHANGED
 */
export async function checkSourceUnchanged(
  source: OpenFile | S3Object,
  request: StagingRequest,
  transferred: Transferred,
  means: DigestMeans,
): Promise<void> {
  if (source.kind === 'object') return source.checkUnchanged(undefined, means.signal);
  const now = await source.handle.stat({ bigint: true });
  const isSame = now.size === source.stat.size && now.mtimeNs === source.stat.mtimeNs;
  if (isSame && now.ctimeNs === source.stat.ctimeNs) return;
  if (isSame && (await hasSameDigest(source, request, transferred, means))) return;
  throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
}

async function hasSameDigest(
  source: OpenFile,
  request: StagingRequest,
  transferred: Transferred,
  means: DigestMeans,
): Promise<boolean> {
  const [algorithm = 'sha256'] = algorithmsOf(transferred.digests);
  const arrived = transferred.digests[algorithm]
    ? transferred.digests
    : await transferred.computeDigests?.([algorithm]);
  const again = await digestSource(source, [algorithm], request.source.given, means);
  return again[algorithm] === arrived?.[algorithm];
}

/** Checks the data against the caller's digests. @throws DIGEST_MISMATCH */
export async function checkDigests(
  source: OpenFile | S3Object,
  request: StagingRequest,
  transferred: Digests,
  means: DigestMeans,
): Promise<void> {
  const algorithms = algorithmsOf(request.expectedDigests);
  const missing = algorithms.filter((algorithm) => transferred[algorithm] === undefined);
  const computed = missing.length > 0 ? await digestSource(source, missing, request.source.given, means) : {};
  for (const algorithm of algorithms) {
    const actual = transferred[algorithm] ?? computed[algorithm] ?? '';
    const expected = request.expectedDigests[algorithm] ?? '';
    if (actual !== expected) throw new StagingError('DIGEST_MISMATCH', { algorithm, actual, expected });
  }
}

/**
 * Proves that a file which was opened by its name in the catalogue is what the catalogue says: digests that were not
 * computed while it was transferred are computed now. Nothing is known of other files.
 * @throws REPLICA_DIFFERS
 */
export async function proveReplica(
  source: OpenFile | S3Object,
  transferred: Digests,
  means: DigestMeans,
): Promise<void> {
  const { catalogued } = source;
  if (!catalogued) return;
  const missing = catalogued.algorithms.filter((algorithm) => transferred[algorithm] === undefined);
  const computed = missing.length > 0 ? await digestSource(source, missing, catalogued.location, means) : {};
  await catalogued.prove({ ...transferred, ...computed });
}

/** Digests a source again, or for the first time. @throws like its storage */
export async function digestSource(
  source: OpenFile | S3Object,
  digests: readonly DigestAlgorithm[],
  path: string,
  means: DigestMeans,
): Promise<Digests> {
  if (source.kind === 'object') return digestObject(source, digests, means);
  try {
    return await digestOpenFile(source.handle, digests, means);
  } catch (error) {
    throw fromThread(error, path);
  }
}

async function digestObject(
  object: S3Object,
  algorithms: readonly DigestAlgorithm[],
  { signal, progress }: DigestMeans,
): Promise<Digests> {
  const digests = await createDigests(algorithms);
  const range = { start: 0, end: object.sizeBytes - 1 };
  if (object.sizeBytes === 0) return digests.digest();
  for await (const chunk of object.stream(range, signal)) {
    digests.update(chunk);
    progress?.addBytes(chunk.length);
  }
  return digests.digest();
}
