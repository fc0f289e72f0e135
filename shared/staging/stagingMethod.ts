import type { ServerToken } from '../config/secret.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { StagingMethodName } from '../model/methods.ts';
import type { Digests, LinkType } from '../model/operation.ts';
import type { Published } from '../model/operations/lifecycle.ts';
import type { StoragePath, Username } from '../model/paths.ts';
import type { SourcePath } from '../model/sourcePath.ts';
import type { OpenDirectory } from '../storage/mounted/openAt.ts';
import type { FileCopy, Source } from '../storage/source.ts';
import type { SmallCopy } from '../storage/threads/smallFilesTask.ts';
import type { Owner } from '../storage/threads/trees/treeFiles.ts';
import type { ClosedDirectory } from '../storage/userArea/closedDirectory.ts';

/** A parsed request to stage: it needs no further checks. */
export interface StagingRequest {
  readonly operationId: string;
  /** The number of this attempt at the operation, starting at 1, which is the default. */
  readonly attempt?: number;
  readonly username: Username;
  readonly source: SourcePath;
  readonly target: StoragePath;
  /** The digests that the data must have, according to the caller. */
  readonly expectedDigests: Digests;
  /** The caller's own JupyterHub token, for this request only. */
  readonly jupyterToken: ServerToken | undefined;
  /** Whether data that is only at other sites is replicated here first. */
  readonly replicate?: boolean;
  /** Whether a client waits for the end. */
  readonly isAwaited: boolean;
  /** Set when it stages an all-or-nothing batch as one: the batch has the operation's id. */
  readonly dataset?: DatasetRequest;
  /** Set when it is an item of such a batch: the tree that it is staged into. */
  readonly partTree?: PartTree;
  /** Whether the part of an attempt is kept when the attempt ends now, because another attempt will continue it. */
  keepsPart?(): boolean;
}

/** An all-or-nothing batch. */
interface DatasetRequest {
  /** Whether its items are listed one by one; otherwise they are the contents of the source directory. */
  readonly hasListedItems: boolean;
}

/** The tree in a workspace that the items of a dataset are staged into. */
export interface PartTree {
  readonly tree: ClosedDirectory;
  /** Where the items are staged. */
  readonly workspace: ClosedDirectory;
  readonly owner: Owner | undefined;
}

/**
 * The arguments of every step of a transfer; only files have digests. The signal aborts when the operation must stop, and
 * its reason is the StagingError to end with.
 */
export type TransferContext = Pick<FileCopy, 'digests' | 'progress' | 'signal'>;

/** Transferred data that has no name yet that anyone else could use. */
export interface Transferred {
  readonly digests: Digests;
  readonly linkType?: LinkType;
  /** The version of a transferred tree, if known; files have their own. */
  readonly treeEtag?: string;
  /** Whether it is only a part of the file, which cannot be compared with digests of the whole. */
  readonly isPartial?: boolean;
  /** Computes the digests of the result, if they were not computed during the transfer. */
  computeDigests?(algorithms: readonly DigestAlgorithm[]): Promise<Digests>;
  makeReadOnly(): Promise<void>;
  /** The one atomic step that gives the data its final name and never replaces anything. */
  publish(): Promise<Published>;
}

/** A staging method: the steps that differ between methods, passed to the one procedure that they share. */
export interface StagingMethod {
  readonly name: StagingMethodName;
  /**
   * Whether the number of concurrent operations is unlimited, because each waits for its client more than for the
   * storage.
   */
  readonly isPacedByClient?: boolean;
  /** Opens the source. @throws SOURCE_NOT_FOUND, SOURCE_NOT_MOUNTED, … */
  openSource(path: SourcePath, signal: AbortSignal): Promise<Source>;
  /**
   * Whether a request may be for a small file that can be copied and published together with others, which costs less;
   * and how.
   */
  together?(request: StagingRequest): StagingTogether | undefined;
  /** Finds the target. Creates nothing yet. */
  openTarget(request: StagingRequest, signal: AbortSignal): Promise<StagingTarget>;
}

/** Staging together with other operations. */
export interface StagingTogether {
  readonly location: string;
  /** Undefined, with nothing done, if the steps are to be taken one by one. */
  stage(context: Omit<TransferContext, 'progress'>): Promise<SmallCopy | undefined>;
}

/**
 * The target of one operation. It is always disposed of, which releases the reserved space, removes the part of a
 * failed transfer, and closes everything.
 */
export interface StagingTarget extends AsyncDisposable {
  /** The final location of the data, for the answer. */
  readonly location: string;
  /**
   * Whether the data is already present under its final name. @throws TARGET_DIFFERS when the entry is of another kind
   */
  isPresent(source: Source): Promise<boolean>;
  /** Whether the present data is the source itself, by a link; always false for methods that make no links. */
  isSourceItself(source: Source): Promise<boolean>;
  /** The tree that is present, if it can be measured. */
  openTree?(): Promise<OpenDirectory>;
  /**
   * The identity of the existing data, if it can be determined: other bytes, or another file of that name, have another
   * identity.
   */
  identify(): Promise<string>;
  /**
   * The digests of the existing file; with the result of `identify`, of exactly that file.
   * @throws DIGEST_OF_DIRECTORY, or TARGET_DIFFERS when the file was replaced meanwhile, where that can be detected
   */
  computeDigests(
    algorithms: readonly DigestAlgorithm[],
    signal: AbortSignal,
    identity?: string,
  ): Promise<Digests>;
  /** Reserves the space that the data needs, and transfers it into a part, which is created new. @throws NO_SPACE, … */
  transfer(source: Source, context: TransferContext): Promise<Transferred>;
}
