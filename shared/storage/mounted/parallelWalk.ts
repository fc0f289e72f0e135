import { createTaskPool, type TaskPool } from '../../async/taskPool.ts';
import type { FileName } from '../../model/fileName.ts';
import type { OpenDirectory, OpenFile } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { walkTree } from './treeWalk.ts';

/** A source folder that is being walked, and its counterpart (the folder at the target, say). */
export interface WalkedFolder<Companion> {
  readonly source: OpenDirectory;
  readonly targetFolder: Companion;
}

/** What to do during the walk of a tree. */
export interface WalkSteps<Companion> {
  /** Creates the counterpart of a folder below one that was entered. */
  enter(parent: Companion, name: FileName): Promise<Companion>;
  /** Handles some regular files of a folder. Runs concurrently with the walk. */
  files(folder: WalkedFolder<Companion>, names: readonly FileName[]): Promise<void>;
  /** Handles a file that a link in the folder leads to. */
  linkedFile(folder: WalkedFolder<Companion>, name: FileName, file: OpenFile): Promise<void>;
  /** Ends a folder, when everything directly in it is done. Runs concurrently with the walk. */
  end?(folder: WalkedFolder<Companion>): Promise<void>;
  /** Releases what `enter` created, also after a failure. */
  close?(targetFolder: Companion): Promise<void>;
}

/** A few tasks more than threads, so that no thread waits for the walk. */
const tasksPerThread = 4;

interface Folder<Companion> extends WalkedFolder<Companion> {
  readonly isTop: boolean;
  readonly work: Promise<void>[];
}

/**
 * Walks a source tree while several threads work concurrently. When it ends, with or without success, no work is
 * pending and everything below the top is closed.
 */
export async function walkInParallel<Companion>(
  storage: SourceStorage,
  top: WalkedFolder<Companion>,
  parallelism: number,
  steps: WalkSteps<Companion>,
): Promise<void> {
  const work = createTaskPool(parallelism * tasksPerThread);
  const folders: Folder<Companion>[] = [];
  try {
    for await (const event of walkTree(storage, top.source)) {
      const folder = folders.at(-1);
      const name = event.path.at(-1);
      if (event.kind === 'enter') {
        const isTop = folder === undefined || name === undefined;
        const targetFolder = isTop ? top.targetFolder : await steps.enter(folder.targetFolder, name);
        folders.push({ source: event.directory, targetFolder: targetFolder, isTop, work: [] });
      } else if (folder && event.kind === 'files') {
        folder.work.push((await work.begin(() => steps.files(folder, event.names))).ended);
      } else if (folder && name !== undefined && event.kind === 'linkedFile') {
        await steps.linkedFile(folder, name, event.file);
      } else if (folder && event.kind === 'leave') {
        folders.pop();
        await leave(folder, work, steps);
      }
    }
    await work.finish();
  } finally {
    await work.settle();
    // The walk closes the source folders that it has not left.
    for (const folder of folders) if (!folder.isTop) await steps.close?.(folder.targetFolder);
  }
}

async function leave<Companion>(
  folder: Folder<Companion>,
  work: TaskPool,
  steps: WalkSteps<Companion>,
): Promise<void> {
  const close = async () => {
    if (!folder.isTop) await Promise.all([folder.source.handle.close(), steps.close?.(folder.targetFolder)]);
  };
  const end = async () => {
    try {
      await Promise.all(folder.work);
      await steps.end?.(folder);
    } finally {
      await close();
    }
  };
  try {
    await work.begin(end);
  } catch (failure) {
    // Not started, because something else has already failed.
    await close();
    throw failure;
  }
}
