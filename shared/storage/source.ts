// Data to be staged. A source is opened once, and used through the opened handle: mounted storage, the object store and
// the catalogue each implement this.

import type { DigestAlgorithm } from '../model/digestAlgorithm.ts';
import type { FileName } from '../model/fileName.ts';
import type { Digests } from '../model/operation.ts';
import type { Catalogued, Collection } from './catalogue.ts';
import type { PartFile } from './copy/partFile.ts';
import type { DigestMeans } from './digest/digestOpenFile.ts';
import type { CheckpointPlan } from './io/checkpoints.ts';
import type { OpenDirectory, OpenFile } from './mounted/openAt.ts';
import type { ObjectName } from './objects/requests/objectRequests.ts';
import type { Progress } from './progress.ts';
import type { StorageThreads } from './threads/threadPool.ts';
import type { Owner } from './threads/trees/treeFiles.ts';
import type { ClosedDirectory } from './userArea/closedDirectory.ts';

/** The size of the data to stage, and its version. */
export interface SourceMeasure {
  readonly bytes: number;
  readonly files: number;
  /** The space that a copy takes, without holes. */
  readonly allocatedBytes: number;
  /** The strong entity tag (RFC 9110 §8.8.1) of the measured data; undefined if it has no version. */
  readonly entityTag: string | undefined;
}

interface OpenedSource extends AsyncDisposable {
  /** Its last name, for naming results. */
  readonly name: FileName;
  /** Counts and sizes; a tree is walked for that. @throws errors of its storage */
  measure(means: Pick<DigestMeans, 'threads' | 'signal'>): Promise<SourceMeasure>;
}

/** How a file is copied. */
export interface FileCopy {
  /** Digests to compute in the same pass. */
  readonly digests: readonly DigestAlgorithm[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly threads: StorageThreads;
  /** How the copy of a large file can be resumed, and from where. */
  readonly plan?: CheckpointPlan | undefined;
}

/** One file: on mounted storage, or an object. */
export interface FileSource extends OpenedSource, ReadableFile {
  readonly kind: 'file';
  /** Its strong entity tag. */
  readonly entityTag: string;
  /**
   * Identifies its version as long as this machine mounts its storage: unlike the entity tag, it includes the device
   * and the ctime, which nobody can set back. An object's entity tag is sufficient, because users cannot forge it.
   */
  readonly version: string;
  /** The same on all machines that mount the storage, because one may resume a copy of another. */
  readonly resumableVersion: string;
  /** The open file, if it is on mounted storage. */
  readonly mounted?: OpenFile;
  /** Its name in the object store, if it is there. */
  readonly object?: ObjectName;
  /** The catalogue's information about it, if it was opened by its name there. */
  readonly catalogued?: Catalogued;
  /** Opens the same version again, for use after this is closed. */
  reopen(): Promise<FileSource>;
  /**
   * Compares it with the current state in the storage. `touched`: only its ctime differs, because it was linked, its
   * mode was changed, or it was written and the time set back.
   * @throws SOURCE_CHANGED if an object has another version
   */
  compare(signal: AbortSignal): Promise<'same' | 'touched' | 'changed'>;
  /** Digests all its bytes. @throws errors of its storage */
  digest(algorithms: readonly DigestAlgorithm[], means: DigestMeans): Promise<Digests>;
  /** Creates the part that it is copied to: a clone where the file system can share blocks, else empty. */
  makePart(directory: ClosedDirectory, part: FileName): Promise<PartFile>;
  /** Fills its part, and digests it in the same pass. @throws SOURCE_CHANGED; errors of its storage */
  copyTo(part: PartFile, copy: FileCopy): Promise<Digests>;
}

/** How a tree is copied. */
export interface TreeCopy extends Omit<FileCopy, 'digests' | 'plan'> {
  readonly owner: Owner | undefined;
  /**
   * Receives a line with the SHA-256 of each file, as `sha256sum` writes it, in no order. Only mounted storage supports
   * that.
   */
  readonly checksumsFd?: number | undefined;
}

/** Many files, staged as a directory: a folder, all objects beneath a prefix, or a dataset of the catalogue. */
export interface TreeSource extends OpenedSource {
  readonly kind: 'tree';
  /** The open folder, if it is on mounted storage. */
  readonly mounted?: OpenDirectory;
  /** Its list of files, if it is in the catalogue. */
  readonly collection?: Collection;
  /** Walks it file by file, depth first. @throws errors of its storage */
  steps(signal: AbortSignal): AsyncGenerator<TreeStep, void, void>;
  /**
   * Copies everything into an empty folder, which stays open: read-only, one file after the other.
   * @returns the version of the copy, if it was determined on the way
   */
  copyTo(folder: ClosedDirectory, copy: TreeCopy): Promise<string | undefined>;
}

/** The data to stage. */
export type Source = FileSource | TreeSource;

/** Bytes of a file, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file of any storage that can be read at any position; all reads are of the opened version. */
export interface ReadableFile extends AsyncDisposable {
  /** Its path, for messages. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtNs: bigint;
  /** Its permission bits, for an archive. */
  readonly mode: number;
  /** Fills the buffer from a position on. @throws SOURCE_CHANGED if there are not enough bytes */
  read(buffer: Buffer, position: number, signal: AbortSignal): Promise<void>;
  /**
   * The bytes of a non-empty range, in order. A chunk may be in memory that the caller provides for each; otherwise
   * each has memory of its own.
   */
  stream(range: ByteRange, signal: AbortSignal, memory?: () => Buffer): AsyncIterable<Uint8Array>;
  /**
   * Whether the storage still has this version. If only its ctime has changed, the bytes must still have the digest.
   * @throws SOURCE_CHANGED
   */
  checkUnchanged(sha256: string | undefined, signal: AbortSignal): Promise<void>;
}

/** The steps of walking a tree of any storage. `path` contains the names from the top of the tree. */
export type TreeStep =
  | {
      readonly kind: 'enter';
      readonly path: readonly FileName[];
      /** Its properties for an archive. */
      readonly folder: { readonly mode: number; readonly modifiedAtNs: bigint };
    }
  | FileStep
  | { readonly kind: 'leave'; readonly path: readonly FileName[] };

/** A file, which may be opened until the step after the `leave` of its folder is requested. */
export interface FileStep {
  readonly kind: 'file';
  readonly path: readonly FileName[];
  /** Its name in a request for it alone, if that differs from its path in mounted storage. */
  readonly asSource?: { readonly path: string; readonly isBeneathTree: boolean };
  open(): Promise<ReadableFile>;
}
