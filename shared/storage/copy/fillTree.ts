import { createTaskPool, type TaskPool } from '../../async/taskPool.ts';
import type { FileName } from '../../model/fileName.ts';
import type { FileStep, TreeStep } from '../source.ts';
import type { Owner } from '../threads/trees/treeFiles.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { endFolder } from './copyTree.ts';

/** The steps of a walk through folders, depth first. `path` contains the names from the top of the tree. */
export type FolderStep<File> =
  | { readonly kind: 'enter' | 'leave'; readonly path: readonly FileName[] }
  | { readonly kind: 'file'; readonly path: readonly FileName[]; readonly file: File };

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

/** The same steps of a source, whose folders have no properties. */
export async function* treeSteps<File>(
  steps: AsyncIterable<FolderStep<File>>,
  fileOf: (file: File, path: readonly FileName[]) => Pick<FileStep, 'asSource' | 'open'>,
): AsyncGenerator<TreeStep, void, void> {
  for await (const step of steps) {
    const { kind, path } = step;
    if (step.kind === 'file') yield { kind: 'file', path, ...fileOf(step.file, path) };
    else if (kind === 'enter') yield { kind, path, folder: { mode: 0o755, modifiedAtNs: 0n } };
    else yield { kind: 'leave', path };
  }
}

/** A file to be created, and its name in its folder. */
export interface NamedFile<File> {
  readonly name: FileName;
  readonly file: File;
}

/** How the files and folders of a tree are created. */
export interface Filling<File> {
  readonly owner: Owner | undefined;
  /** @throws when something else has its name */
  makeFolder(parent: ClosedDirectory, name: FileName): Promise<ClosedDirectory>;
  /** Whether these are enough for one batch. */
  isBatch(files: readonly NamedFile<File>[]): boolean;
  /** Creates files in a folder, read-only. */
  makeFiles(folder: ClosedDirectory, files: readonly NamedFile<File>[]): Promise<void>;
}

/** A folder that is being filled, its files in progress, and those of its next batch. */
interface OpenFolder<File> {
  readonly folder: ClosedDirectory;
  readonly made: Promise<void>[];
  batch: NamedFile<File>[];
}

/**
 * How many batches run at the same time: more than threads, because most of the time is spent waiting for other
 * machines.
 */
const places = 16;

/**
 * Creates a tree in an empty folder, which stays open. Folders become read-only when their files are complete.
 * @throws the first failure
 */
export async function fillTree<File>(
  steps: AsyncIterable<FolderStep<File>>,
  top: ClosedDirectory,
  filling: Filling<File>,
): Promise<void> {
  const work = createTaskPool(places);
  const open: OpenFolder<File>[] = [];
  const beginBatch = async (here: OpenFolder<File>) => {
    const files = here.batch;
    here.batch = [];
    if (files.length === 0) return;
    const { ended } = await work.begin(() => filling.makeFiles(here.folder, files));
    here.made.push(ended);
  };
  try {
    for await (const step of steps) {
      const [here, name] = [open.at(-1), step.path.at(-1)];
      if (step.kind === 'enter') {
        const folder = here && name !== undefined ? await filling.makeFolder(here.folder, name) : top;
        open.push({ folder, made: [], batch: [] });
      } else if (step.kind === 'file' && here && name !== undefined) {
        here.batch.push({ name, file: step.file });
        if (filling.isBatch(here.batch)) await beginBatch(here);
      } else if (step.kind === 'leave' && here) {
        await beginBatch(here);
        open.pop();
        await endWhenFilled(here, top, work, filling.owner);
      }
    }
    await work.finish();
  } finally {
    await work.settle();
    for (const { folder } of open) if (folder !== top) await folder.handle.close();
  }
}

/** Ends a folder concurrently with the walk, when all of its files are complete. */
async function endWhenFilled(
  { folder, made }: Pick<OpenFolder<unknown>, 'folder' | 'made'>,
  top: ClosedDirectory,
  work: TaskPool,
  owner: Owner | undefined,
): Promise<void> {
  const close = async () => (folder === top ? undefined : folder.handle.close());
  const seal = async () => {
    try {
      await Promise.all(made);
      await endFolder(folder, owner);
    } finally {
      await close();
    }
  };
  try {
    await work.begin(seal);
  } catch (failure) {
    // Not started, because something else has already failed.
    await close();
    throw failure;
  }
}
