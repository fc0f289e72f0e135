import type { FileHandle } from 'node:fs/promises';
import type { Digests } from '../../shared/model/operation.ts';
import type { StagingRequest, TransferContext, Transferred } from '../../shared/staging/stagingMethod.ts';
import type { AttemptWorkspace, UserAreaTarget } from '../../shared/staging/userAreaTarget.ts';
import { makeFolder } from '../../shared/storage/copy/copyTree.ts';
import { type PartFile, type PartSeal, sealPartFile } from '../../shared/storage/copy/partFile.ts';
import type { ResumeSizes } from '../../shared/storage/copy/resumeSizes.ts';
import type { SharedReads } from '../../shared/storage/copy/sharedReads.ts';
import { type DigestMeans, digestOpenFile } from '../../shared/storage/digest/digestOpenFile.ts';
import { stateAlgorithmFor } from '../../shared/storage/digest/digests.ts';
import type { CheckpointPlan } from '../../shared/storage/io/checkpoints.ts';
import type { SourceStorage } from '../../shared/storage/mounted/sourceStorage.ts';
import type { Amount } from '../../shared/storage/openSource.ts';
import type { StorageThreads } from '../../shared/storage/threads/threadPool.ts';
import type { ClosedDirectory } from '../../shared/storage/userArea/closedDirectory.ts';

/** How much is to be copied. */
interface CopyAmount extends Amount {
  /** The space that it takes: less than its bytes, if it has holes. */
  readonly allocatedBytes: number;
}

/** How one kind of source is copied. */
export interface CopyWork {
  /** Asked before anything is copied. */
  measure(context: TransferContext): Promise<CopyAmount>;
  /**
   * Clones what another operation has read, which takes no space; undefined if that is not possible, and the file must
   * be copied.
   */
  cloneFromSharedRead?(place: UserAreaTarget, context: TransferContext): Promise<Copied | undefined>;
  /** Fills a new part in the workspace. What it opened is closed when it fails, else with what was copied. */
  copy(workspace: AttemptWorkspace, context: TransferContext): Promise<Copied>;
  /** Releases what others wait for, however it ended. */
  end?(): void;
}

/** A copy that is ready to be published. */
export interface Copied {
  readonly kind: 'file' | 'directory';
  /** The part, held open. */
  readonly handle: FileHandle;
  readonly transferred: Omit<Transferred, 'makeReadOnly' | 'publish'>;
  makeReadOnly(): Promise<void>;
  makeDurable(): Promise<void>;
}

/** The services that copies need, and their request. */
export interface CopyServices {
  readonly request: StagingRequest;
  readonly storage: SourceStorage;
  readonly threads: StorageThreads;
  readonly resumeSizes: ResumeSizes;
  readonly sharedReads: SharedReads;
}

/** The source of a copy of one file. */
interface ResumableCopy {
  readonly version: string;
  readonly sizeBytes: number;
  readonly modifiedAtNs: bigint;
  makePart(): Promise<PartFile>;
}

/**
 * Copies one file: into a new part, or continuing that of an earlier attempt of the same operation at this version of
 * the source.
 */
export async function copyResumably(
  workspace: AttemptWorkspace,
  source: ResumableCopy,
  { threads, resumeSizes }: CopyServices,
  context: TransferContext,
  fill: (part: PartFile, plan: CheckpointPlan | undefined) => Promise<Digests>,
): Promise<Copied> {
  const { version, sizeBytes, modifiedAtNs, makePart } = source;
  const { digests, progress } = context;
  const copied = (part: PartFile, filled: Digests) => {
    progress.addFiles(1);
    return copiedFile(part, { owner: workspace.owner, modifiedAtNs }, filled, {
      threads,
      signal: context.signal,
    });
  };
  if (sizeBytes < resumeSizes.leastBytes) {
    const part = await makePart();
    return fillPart(part, async () => copied(part, await fill(part, undefined)));
  }
  // Loaded on demand, because most files are small.
  const { fillResumable, makeResumablePart } = await import('../../shared/storage/copy/resumablePart.ts');
  const resumableSource = { version, algorithm: stateAlgorithmFor(digests) };
  await using resumable = await makeResumablePart(workspace, resumableSource, resumeSizes, makePart);
  const { part } = resumable;
  return await fillPart(part, async () =>
    copied(part, await fillResumable(resumable, progress, (plan) => fill(part, plan))),
  );
}

/** A part file that is filled and has these digests. */
export function copiedFile(part: PartFile, seal: PartSeal, digests: Digests, means: DigestMeans): Copied {
  return {
    kind: 'file',
    handle: part.handle,
    transferred: { digests, computeDigests: (algorithms) => digestOpenFile(part.handle, algorithms, means) },
    makeReadOnly: () => sealPartFile(part, seal),
    makeDurable: () => part.handle.sync(),
  };
}

/** Fills a part, and closes it when that fails. */
export async function fillPart<Result>(
  { handle }: Pick<Copied, 'handle'>,
  fill: () => Promise<Result>,
): Promise<Result> {
  try {
    return await fill();
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Fills a new part tree, whose files and folders become read-only one by one, and which is synced when it is complete.
 * `fill` returns the version of its source, if it has one.
 */
export async function fillPartTree(
  { directory, part }: AttemptWorkspace,
  fill: (tree: ClosedDirectory) => Promise<string | undefined>,
): Promise<Copied> {
  const tree = await makeFolder(directory, part);
  const treeEtag = await fillPart(tree, () => fill(tree));
  return {
    kind: 'directory',
    handle: tree.handle,
    transferred: { digests: {}, ...(treeEtag !== undefined && { treeEtag }) },
    makeReadOnly: async () => undefined,
    makeDurable: async () => undefined,
  };
}
