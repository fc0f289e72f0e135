import type { DigestAlgorithm } from '../config/settings.ts';
import { StagingError } from '../errors/stagingError.ts';
import type { Digests } from '../operations/operation.ts';
import type { OpenFile } from '../storage/source.ts';
import { fromThread, type StorageThreads } from '../storage/storageThreads.ts';
import type { StagingRequest, Transferred } from './stagingMethod.ts';

/** The algorithms of the digests that are given. */
export function algorithmsOf(digests: Digests): DigestAlgorithm[] {
  const known: readonly DigestAlgorithm[] = ['sha256', 'adler32', 'md5'];
  return known.filter((algorithm) => digests[algorithm] !== undefined);
}

/**
 * Checks that a file still is what was opened: same size, same time. When only its ctime has moved, somebody may
 * have linked it or changed its mode, or written and set the time back: then its bytes are digested once more.
 * @throws SOURCE_CHANGED
 */
export async function checkSourceUnchanged(
  source: OpenFile,
  request: StagingRequest,
  transferred: Transferred,
  threads: StorageThreads,
): Promise<void> {
  const now = await source.handle.stat({ bigint: true });
  const isSame = now.size === source.stat.size && now.mtimeNs === source.stat.mtimeNs;
  if (isSame && now.ctimeNs === source.stat.ctimeNs) return;
  if (isSame && (await hasSameDigest(source, request, transferred, threads))) return;
  throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
}

async function hasSameDigest(
  source: OpenFile,
  request: StagingRequest,
  transferred: Transferred,
  threads: StorageThreads,
): Promise<boolean> {
  const [algorithm = 'sha256'] = algorithmsOf(transferred.digests);
  const arrived = transferred.digests[algorithm]
    ? transferred.digests
    : await transferred.computeDigests?.([algorithm]);
  const again = await digestSource(source, [algorithm], request.source.given, threads);
  return again[algorithm] === arrived?.[algorithm];
}

/** Checks the data against what the caller says it is. @throws DIGEST_MISMATCH */
export async function checkDigests(
  source: OpenFile,
  request: StagingRequest,
  transferred: Digests,
  threads: StorageThreads,
): Promise<void> {
  const algorithms = algorithmsOf(request.expectedDigests);
  const missing = algorithms.filter((algorithm) => transferred[algorithm] === undefined);
  const computed =
    missing.length > 0 ? await digestSource(source, missing, request.source.given, threads) : {};
  for (const algorithm of algorithms) {
    const actual = transferred[algorithm] ?? computed[algorithm] ?? '';
    const expected = request.expectedDigests[algorithm] ?? '';
    if (actual !== expected) throw new StagingError('DIGEST_MISMATCH', { algorithm, actual, expected });
  }
}

async function digestSource(
  source: OpenFile,
  digests: readonly DigestAlgorithm[],
  path: string,
  threads: StorageThreads,
): Promise<Digests> {
  try {
    return await threads.run('digestFile', { fd: source.handle.fd, digests });
  } catch (error) {
    throw fromThread(error, path);
  }
}
