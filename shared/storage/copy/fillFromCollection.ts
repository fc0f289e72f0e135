import { createTaskPool, type TaskPool } from '../../async/taskPool.ts';
import type { FileName } from '../../model/fileName.ts';
import type { Collection } from '../catalogue.ts';
import type { OpenFile } from '../mounted/openAt.ts';
import type { S3Object } from '../objects/s3Object.ts';
import type { Owner } from '../threads/treeFiles.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { endFolder, makeFolder } from './copyTree.ts';

/** How many files are made at the same time: more than threads, because opening and naming them mostly waits. */
const places = 16;

/** Makes one file in a folder from its replica, proved and read-only. */
type MakeFile = (source: OpenFile | S3Object, folder: ClosedDirectory, name: FileName) => Promise<void>;

/** A folder that is being filled, and its files in the making. */
interface Filling {
  readonly folder: ClosedDirectory;
  readonly files: Promise<void>[];
}

/**
 * Makes the files and folders of a collection in an empty folder, which stays open. Folders become read-only when their
 * files are complete.
 * @throws the first failure
 */
export async function fillFromCollection(
  collection: Collection,
  top: ClosedDirectory,
  { owner, signal }: { readonly owner: Owner | undefined; readonly signal: AbortSignal },
  makeFile: MakeFile,
): Promise<void> {
  const work = createTaskPool(places);
  const open: Filling[] = [{ folder: top, files: [] }];
  const here: FileName[] = [];
  const leave = async () => {
    here.pop();
    const left = open.pop();
    if (left) await endWhenFilled(left, top, work, owner);
  };
  try {
    for await (const file of collection.replicas(signal)) {
      signal.throwIfAborted();
      const folders = file.path.slice(0, -1);
      while (!here.every((name, depth) => name === folders[depth])) await leave();
      for (const name of folders.slice(here.length)) {
        const above = open.at(-1)?.folder ?? top;
        open.push({ folder: await makeFolder(above, name), files: [] });
        here.push(name);
      }
      const [name, filling] = [file.path.at(-1), open.at(-1)];
      if (name === undefined || !filling) continue;
      const { ended } = await work.begin(async () => {
        await using source = await file.open();
        await makeFile(source, filling.folder, name);
      });
      filling.files.push(ended);
    }
    while (open.length > 0) await leave();
    await work.finish();
  } finally {
    await work.settle();
    for (const { folder } of open) if (folder !== top) await folder.handle.close();
  }
}

/** Ends a folder concurrently with the walk, when all of its files are complete. */
async function endWhenFilled(
  { folder, files }: Filling,
  top: ClosedDirectory,
  work: TaskPool,
  owner: Owner | undefined,
): Promise<void> {
  const close = async () => (folder === top ? undefined : folder.handle.close());
  const seal = async () => {
    try {
      await Promise.all(files);
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
