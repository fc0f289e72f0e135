import type { FileName } from '../model/fileName.ts';
import type { ReadableFile } from './readableFile.ts';

/** The events of walking a tree of any storage, depth first. `path` contains the names from the top of the tree. */
export type TreeStep =
  | { readonly kind: 'enter'; readonly path: readonly FileName[]; readonly folder: TreeFolder }
  /** A file, which may be opened until the step after the `leave` of its folder is requested. */
  | { readonly kind: 'file'; readonly path: readonly FileName[]; open(): Promise<ReadableFile> }
  | { readonly kind: 'leave'; readonly path: readonly FileName[] };

/** A folder, with its properties for an archive. */
interface TreeFolder {
  readonly mode: number;
  readonly modifiedAtNs: bigint;
}
