import { StagingError } from '../errors/stagingError.ts';
import type { PresentVersion } from '../model/operation.ts';
import type { Collection } from '../storage/catalogue.ts';
import { isOneFile, type Source, sourceEtag, treeEtag } from '../storage/dataSource.ts';
import { measureTree } from '../storage/mounted/measure.ts';
import type { SourceStorage } from '../storage/mounted/sourceStorage.ts';
import type { StorageThreads } from '../storage/threads/threadPool.ts';
import { type PublishedRecord, targetKeyOf } from './presentTarget.ts';
import type { StagingRequest, StagingTarget } from './stagingMethod.ts';

/** What the comparison of versions needs. */
interface VersionServices {
  readonly operations: PublishedRecord;
  readonly sourceStorage: SourceStorage;
  readonly threads: StorageThreads;
}

/** How long the answer waits for the version of a large tree, in ms; then it is unknown. */
const measureMs = 20_000;

/**
 * Whether data that has its final name already is of the source as it is now, by the version that was recorded when it
 * was published. No bytes are read.
 */
export async function versionOfPresent(
  request: StagingRequest,
  source: Source,
  target: StagingTarget,
  services: VersionServices,
  signal: AbortSignal,
): Promise<PresentVersion> {
  if (await target.isSourceItself(source)) return 'same';
  // The catalogue has no versions of datasets.
  if (source.kind === 'collection') return 'unknown';
  // A part tree has only what this operation puts there.
  const identity = request.partTree ? undefined : await target.identify();
  const published =
    identity === undefined ? null : await services.operations.findPublished(targetKeyOf(request, identity));
  if (!published) return 'unknown';
  const limited = AbortSignal.any([signal, AbortSignal.timeout(measureMs)]);
  try {
    // The files of a hard-linked tree are those of its source, and so are their changes.
    const isLinked = source.kind === 'directory' && published.linkType === 'hard';
    const then = isLinked ? await treeVersion(target, services, limited) : published.sourceEtag;
    if (then === null) return 'unknown';
    return then === (await sourceVersionNow(source, services, limited)) ? 'same' : 'differs';
  } catch (error) {
    signal.throwIfAborted();
    // The data is present, whatever is wrong with its source.
    if (limited.aborted || error instanceof StagingError) return 'unknown';
    throw error;
  }
}

/** The version of a source as it is now. */
export async function sourceVersionNow(
  source: Exclude<Source, Collection>,
  { sourceStorage: storage, threads }: Pick<VersionServices, 'sourceStorage' | 'threads'>,
  signal: AbortSignal,
): Promise<string> {
  if (isOneFile(source)) return sourceEtag(source);
  if (source.kind === 'prefix') return treeEtag(await source.measure(signal));
  return treeEtag(await measureTree(source, { storage, threads, signal }));
}

async function treeVersion(
  target: StagingTarget,
  { sourceStorage: storage, threads }: VersionServices,
  signal: AbortSignal,
): Promise<string | null> {
  const tree = await target.openTree?.();
  if (!tree) return null;
  await using _handle = tree.handle;
  return treeEtag(await measureTree(tree, { storage, threads, signal }));
}
