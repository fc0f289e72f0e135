import type { ServerToken } from '../config/secret.ts';
import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { StagingMethodName } from '../model/methods.ts';
import type { Digests, LinkType, Published } from '../model/operation.ts';
import type { StoragePath, Username } from '../model/paths.ts';
import type { SourcePath } from '../model/sourcePath.ts';
import type { OpenDirectory } from '../storage/mounted/openAt.ts';
import type { Progress } from '../storage/progress.ts';
import type { Source } from '../storage/source.ts';
import type { Owner } from '../storage/threads/treeFiles.ts';
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
  /** Whether data that is at other sites only is brought here first. */
  readonly replicate?: boolean;
  /** Whether a client waits for the end. */
  readonly isAwaited: boolean;
  /** Set when it stages an all-or-nothing batch as one: the batch has the operation's id. */
  readonly dataset?: DatasetRequest;
  /** Set when it is an item of such a batch: the tree that it is staged into. */
  readonly partTree?: PartTree;
  /** Whether what an attempt has made stays when it ends now, because another one will continue it. */
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
  /** Where the items are made. */
  readonly workspace: ClosedDirectory;
  readonly owner: Owner | undefined;
}

/** The arguments of every step of a transfer. */
export interface TransferContext {
  /** Digests to compute in the same pass; only files have digests. */
  readonly digests: readonly DigestAlgorithm[];
  readonly progress: Progress;
  /** Aborted when the operation must stop; its reason is the StagingError to end with. */
  readonly signal: AbortSignal;
}

/** What was transferred, and has no name yet that anybody else could use. */
export interface Transferred {
  readonly digests: Digests;
  readonly linkType?: LinkType;
  /** The version of a tree that was transferred, where it is known; files have their own. */
  readonly treeEtag?: string;
  /** Whether it is not all bytes of the file, so that there is nothing to compare with digests of the whole. */
  readonly isPartial?: boolean;
  /** Computes the digests of the result, where they were not computed during the transfer. */
  computeDigests?(algorithms: readonly DigestAlgorithm[]): Promise<Digests>;
  makeReadOnly(): Promise<void>;
  /** The one atomic step that gives the data its final name and never replaces anything. */
  publish(): Promise<Published>;
}

/**
 * A staging method: what differs between the methods, passed to the one procedure that they all go through.
 */
export interface StagingMethod {
  readonly name: StagingMethodName;
  /**
   * Whether the number of concurrent operations is unlimited, because each waits for a client more than for the
   * storage.
   */
  readonly isPacedByClient?: boolean;
  /** Opens the source. @throws SOURCE_NOT_FOUND, SOURCE_NOT_MOUNTED, … */
  openSource(path: SourcePath, signal: AbortSignal): Promise<Source>;
  /** Finds the target. Creates nothing yet. */
  openTarget(request: StagingRequest, signal: AbortSignal): Promise<StagingTarget>;
}

/**
 * The target of one operation. Disposing of it is always done: it releases the reserved space, removes what a failed
 * transfer left (the part), and closes everything.
 */
export interface StagingTarget extends AsyncDisposable {
  /** Where the data will be, for the answer. */
  readonly location: string;
  /** Whether the data has its final name already. @throws TARGET_DIFFERS when something of another kind has */
  isPresent(source: Source): Promise<boolean>;
  /** Whether what is present is the source itself, by a link; always false where no links are made. */
  isSourceItself(source: Source): Promise<boolean>;
  /** The tree that is present, where it can be measured. */
  openTree?(): Promise<OpenDirectory>;
  /** What there is now, where that can be told: other bytes, or another file of that name, are something else. */
  identify(): Promise<string>;
  /**
   * The digests of the existing file, of what `identify` has returned if that is given.
   * @throws DIGEST_OF_DIRECTORY, or TARGET_DIFFERS when it is another file by now, where that can be seen
   */
  computeDigests(
    algorithms: readonly DigestAlgorithm[],
    signal: AbortSignal,
    identity?: string,
  ): Promise<Digests>;
  /** Reserves the space that the data needs, and puts it into a part, created new. @throws NO_SPACE, … */
  transfer(source: Source, context: TransferContext): Promise<Transferred>;
}
