import type { DigestAlgorithm } from '../../shared/model/digestAlgorithm.ts';
import type { Digests } from '../../shared/model/operation.ts';
import type { OperationRecord } from '../../shared/record/operationRecord.ts';
import { digestSource } from '../../shared/staging/verification.ts';
import { sourceEtag } from '../../shared/storage/dataSource.ts';
import type { OpenFile } from '../../shared/storage/mounted/openAt.ts';
import type { S3Object } from '../../shared/storage/objects/s3Object.ts';
import type { StorageThreads } from '../../shared/storage/threads/threadPool.ts';
import { nameOf } from './downloadedFile.ts';

/** What knows digests, and what computes them. */
interface DigestServices {
  readonly operations: OperationRecord;
  readonly threads: StorageThreads;
}

/** The digests that some operation computed of this version of a file, and those that are needed, computed if they must. */
export async function digestsOf(
  { operations, threads }: DigestServices,
  source: OpenFile | S3Object,
  needed: readonly DigestAlgorithm[],
  signal = new AbortController().signal,
): Promise<Digests> {
  const known = await operations.findDigests(sourceEtag(source));
  const missing = needed.filter((algorithm) => known[algorithm] === undefined);
  if (missing.length === 0) return known;
  return { ...known, ...(await digestSource(source, missing, nameOf(source), { threads, signal })) };
}
