import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { FileName } from '../../shared/model/fileName.ts';
import type { Digests } from '../../shared/model/operation.ts';
import type { StagingRequest, TransferContext, Transferred } from '../../shared/staging/stagingMethod.ts';
import type { AttemptWorkspace, UserAreaTarget } from '../../shared/staging/target/userAreaTarget.ts';
import { makeFolder } from '../../shared/storage/copy/copyTree.ts';
import {
  type PartFile,
  type PartSeal,
  type ResumeSizes,
  sealPartFile,
} from '../../shared/storage/copy/partFile.ts';
import type { SharedReads } from '../../shared/storage/copy/sharedReads.ts';
import { type DigestMeans, digestOpenFile } from '../../shared/storage/digest/digestOpenFile.ts';
import { stateAlgorithmFor } from '../../shared/storage/digest/digests.ts';
import type { CheckpointPlan } from '../../shared/storage/io/checkpoints.ts';
import { pathIn } from '../../shared/storage/mounted/openAt.ts';
import type { FileSource, Source, SourceMeasure, TreeSource } from '../../shared/storage/source.ts';
import type { StorageThreads } from '../../shared/storage/threads/threadPool.ts';
import type { ClosedDirectory } from '../../shared/storage/userArea/closedDirectory.ts';
import { syncFileSystem } from '../../shared/storage/userArea/publish.ts';

/** How one kind of source is copied. */
export interface CopyWork {
  /** Checked before anything is copied. */
  measure(context: TransferContext): Promise<SourceMeasure>;
  /**
   * Clones the file that another operation has read, which takes no space; undefined if that is not possible, and the
   * file must be copied.
   */
  cloneFromSharedRead?(place: UserAreaTarget, context: TransferContext): Promise<Copied | undefined>;
  /** Fills a new part in the workspace. Its handles are closed when it fails, else with the copy. */
  copy(workspace: AttemptWorkspace, context: TransferContext): Promise<Copied>;
  /** Releases resources that others wait for, in any case. */
  end?(): void;
}

/** A copy that is ready to be published. */
export interface Copied {
  readonly kind: Source['kind'];
  /** The part, held open. */
  readonly handle: FileHandle;
  /** The version of a tree, if it was determined during the copy. */
  readonly entityTag?: string | undefined;
  readonly transferred: Omit<Transferred, 'makeReadOnly' | 'publish'>;
  makeReadOnly(): Promise<void>;
  makeDurable(): Promise<void>;
}

/** The services that copies need, and their request. */
export interface CopyServices {
  readonly request: StagingRequest;
  readonly threads: StorageThreads;
  readonly resumeSizes: ResumeSizes;
  readonly sharedReads: SharedReads;
  /** Whether the files of a directory are digested in the same pass. */
  readonly areTreesDigested: boolean;
}

/**
 * Copies one file: into a new part, or continuing that of an earlier attempt of the same operation for this version of
 * the source.
 */
export function fileCopy(source: FileSource, { threads, resumeSizes }: CopyServices): CopyWork {
  return {
    measure: ({ signal }) => source.measure({ threads, signal }),
    async copy(workspace, context) {
      const makePart = () => source.makePart(workspace.directory, workspace.part);
      const fill = (part: PartFile, plan?: CheckpointPlan) =>
        source.copyTo(part, { ...context, threads, plan });
      const seal = { owner: workspace.owner, modifiedAtNs: source.modifiedAtNs };
      const copied = (part: PartFile, digests: Digests) => {
        context.progress.addFiles(1);
        return copiedFile(part, seal, digests, { threads, signal: context.signal });
      };
      if (source.sizeBytes < resumeSizes.leastBytes) {
        const part = await makePart();
        return fillPart(part, async () => copied(part, await fill(part)));
      }
      // Loaded on demand, because most files are small.
      const resuming = await import('../../shared/storage/copy/resumablePart.ts');
      const resumed = { version: source.resumableVersion, algorithm: stateAlgorithmFor(context.digests) };
      await using resumable = await resuming.makeResumablePart(workspace, resumed, resumeSizes, makePart);
      const { part } = resumable;
      const fillRest = () => resuming.fillResumable(resumable, context.progress, (plan) => fill(part, plan));
      return await fillPart(part, async () => copied(part, await fillRest()));
    },
  };
}

/**
 * Copies a tree with everything in it, verified by measuring it before and after; datasets have no version, and each of
 * their files is verified. Files and folders become read-only one by one, and are synced when all are complete.
 */
export function treeCopy(source: TreeSource, { request, threads, areTreesDigested }: CopyServices): CopyWork {
  let before: SourceMeasure | undefined;
  return {
    async measure({ signal }) {
      before = await source.measure({ threads, signal });
      return before;
    },
    async copy({ directory, part, owner, own }, { progress, signal }) {
      const tree = await makeFolder(directory, part);
      // The digests of a dataset, like those of all trees outside mounted storage, are computed at the first request.
      const isDigested = areTreesDigested && source.mounted !== undefined && !request.partTree;
      const fill = async () => {
        const checksums = isDigested ? await makeChecksums(directory, own.checksums) : undefined;
        let copyTag: string | undefined;
        try {
          const copy = { progress, signal, threads, owner, checksumsFd: checksums?.fd };
          copyTag = await source.copyTo(tree, copy);
        } finally {
          await checksums?.close();
        }
        const [now] = await Promise.all([source.measure({ threads, signal }), syncFileSystem(tree)]);
        if (now.entityTag !== before?.entityTag || now.files !== progress.filesDone) {
          throw new StagingError('SOURCE_CHANGED', { path: request.source.given });
        }
        return { sourceTag: now.entityTag, copyTag };
      };
      const { sourceTag, copyTag } = await fillPart(tree, fill);
      return {
        kind: 'tree',
        handle: tree.handle,
        entityTag: copyTag,
        transferred: { digests: {}, ...(sourceTag !== undefined && { treeEtag: sourceTag }) },
        makeReadOnly: async () => undefined,
        makeDurable: async () => undefined,
      };
    },
  };
}

/** It is synced to disk with the tree. */
function makeChecksums(directory: ClosedDirectory, name: FileName): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
  return open(pathIn(directory, name), flags, 0o600);
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
