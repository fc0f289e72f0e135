import type { FileName } from '../model/fileName.ts';
import type { ReadableFile } from './readableFile.ts';

/** The steps of a walk through folders, depth first. `path` contains the names from the top of the tree. */
export type FolderStep<File> =
  | { readonly kind: 'enter' | 'leave'; readonly path: readonly FileName[] }
  | { readonly kind: 'file'; readonly path: readonly FileName[]; readonly file: File };

/** The steps of walking a tree of any storage. */
export type TreeStep =
  | { readonly kind: 'enter'; readonly path: readonly FileName[]; readonly folder: TreeFolder }
  /** A file, which may be opened until the step after the `leave` of its folder is requested. */
  | {
      readonly kind: 'file';
      readonly path: readonly FileName[];
      /** Its name in a request for it alone, if that differs from its path in mounted storage. */
      readonly asSource?: { readonly path: string; readonly isBeneathTree: boolean };
      open(): Promise<ReadableFile>;
    }
  | { readonly kind: 'leave'; readonly path: readonly FileName[] };

/** A folder, with its properties for an archive. */
interface TreeFolder {
  readonly mode: number;
  readonly modifiedAtNs: bigint;
}

/** A folder without properties: in prefixes and datasets. */
export const plainFolder: TreeFolder = { mode: 0o755, modifiedAtNs: 0n };

/** A file with its folders, or folders without a file. */
interface Placed<File> {
  readonly folders: readonly FileName[];
  readonly file?: { readonly name: FileName; readonly value: File };
}

/** Files in the order of their paths, as the steps of a walk: a folder ends at the first path outside it. */
export async function* folderSteps<File>(
  placed: AsyncIterable<Placed<File>>,
): AsyncGenerator<FolderStep<File>, void, void> {
  const here: FileName[] = [];
  yield { kind: 'enter', path: [] };
  for await (const { folders, file } of placed) {
    while (!here.every((name, depth) => name === folders[depth])) {
      yield { kind: 'leave', path: [...here] };
      here.pop();
    }
    for (const name of folders.slice(here.length)) {
      here.push(name);
      yield { kind: 'enter', path: [...here] };
    }
    if (file) yield { kind: 'file', path: [...here, file.name], file: file.value };
  }
  for (; here.length > 0; here.pop()) yield { kind: 'leave', path: [...here] };
  yield { kind: 'leave', path: [] };
}
