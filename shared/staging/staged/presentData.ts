import { createHash } from 'node:crypto';
import { StagingError } from '../../errors/stagingError.ts';
import type { Digests, PresentVersion } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { measureTree } from '../../storage/copy/copyTree.ts';
import { treeEtag } from '../../storage/entityTag.ts';
import type { SourceStorage } from '../../storage/mounted/sourceStorage.ts';
import type { Source } from '../../storage/source.ts';
import type { StorageThreads } from '../../storage/threads/threadPool.ts';
import type { StagingRequest, StagingTarget } from '../stagingMethod.ts';
import { algorithmsOf } from '../verification.ts';

/** The dependencies for comparing versions. */
export interface VersionServices {
  readonly operations: PublishedRecord;
  readonly sourceStorage: SourceStorage;
  readonly threads: StorageThreads;
}

/** How long an answer waits for the version of a large tree, in ms; after that it is unknown. */
const measureMs = 20_000;

/**
 * Whether existing data at the target matches the current version of the source, by the version that was recorded at
 * publishing. No bytes are read.
 */
export async function versionOfPresent(
  request: StagingRequest,
  source: Source,
  target: StagingTarget,
  services: VersionServices,
  signal: AbortSignal,
): Promise<PresentVersion> {
  if (await target.isSourceItself(source)) return 'same';
  // A part tree contains only files of this operation.
  const identity = request.partTree ? undefined : await target.identify();
  const published =
    identity === undefined ? null : await services.operations.findPublished(targetKeyOf(request, identity));
  if (!published) return 'unknown';
  return comparedInTime(signal, async (limited) => {
    // A hard-linked tree shares the files of its source, including their changes.
    const isLinked = source.kind === 'tree' && published.linkType === 'hard';
    const then = isLinked ? await treeVersion(target, services, limited) : published.sourceEtag;
    return compareSource(source, then, services, limited);
  });
}

/** The result of a comparison; `unknown` if it takes too long. Problems with the source do not change that data exists. */
export async function comparedInTime(
  signal: AbortSignal,
  compare: (limited: AbortSignal) => Promise<PresentVersion>,
): Promise<PresentVersion> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(measureMs)]);
  try {
    return await compare(limited);
  } catch (error) {
    signal.throwIfAborted();
    if (limited.aborted || error instanceof StagingError) return 'unknown';
    throw error;
  }
}

/** Compares the current source with the version that was staged. */
export async function compareSource(
  source: Source,
  staged: string | null,
  { threads }: Pick<VersionServices, 'threads'>,
  signal: AbortSignal,
): Promise<PresentVersion> {
  if (staged === null) return 'unknown';
  const now =
    source.kind === 'file' ? source.entityTag : (await source.measure({ threads, signal })).entityTag;
  if (now === undefined) return 'unknown';
  return now === staged ? 'same' : 'differs';
}

async function treeVersion(
  target: StagingTarget,
  { sourceStorage, threads }: VersionServices,
  signal: AbortSignal,
): Promise<string | null> {
  const tree = await target.openTree?.();
  if (!tree) return null;
  await using _handle = tree.handle;
  return treeEtag(await measureTree(tree, sourceStorage, { threads, signal }));
}

/** What the record knows about published data. */
export type PublishedRecord = Pick<OperationRecord, 'findPublished'>;

/** The identity of published data in the record: its user, its path, and the identity from its target. */
export function targetKeyOf(
  { username, target }: Pick<StagingRequest, 'username' | 'target'>,
  identity: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([username, target.names, identity]))
    .digest('hex');
}

/**
 * Compares existing data at the target with the caller's digests, and returns them. This is done only if the service
 * itself has published the data: otherwise any client could guess the contents of any user's files.
 * @throws TARGET_DIFFERS, which never reveals the actual digests
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
  // A part tree contains only files made by the service, and a caller's own token proves that they may read the file.
  const identity = request.partTree || request.jupyterToken ? undefined : await target.identify();
  if (identity !== undefined && !(await operations.findPublished(targetKeyOf(request, identity)))) {
    throw differs('was not put there by this service or has changed since, so its digests are not compared');
  }
  const digests = await target.computeDigests(algorithms, signal, identity);
  for (const algorithm of algorithms) {
    const expected = request.expectedDigests[algorithm] ?? '';
    if (digests[algorithm] !== expected) {
      throw differs(`its ${algorithm} is not the ${expected} that was requested`);
    }
  }
  return digests;
}
