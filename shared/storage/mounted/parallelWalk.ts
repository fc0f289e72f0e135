import { createTaskPool, type TaskPool } from '../../async/taskPool.ts';
import type { FileName } from '../../model/fileName.ts';
import type { OpenDirectory, OpenFile } from './openAt.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { walkTree } from './treeWalk.ts';

/** A folder of the source that is being walked, and what goes with it (the folder at the target, say). */
export interface WalkedFolder<Companion> {
  readonly source: OpenDirectory;
  readonly targetFolder: Companion;
}

/** What to do while a tree is walked. */
export interface WalkSteps<Companion> {
  /** Makes what goes with a folder below one that was entered. */
  enter(parent: Companion, name: FileName): Promise<Companion>;
  /** Does something with some regular files of a folder. Goes on beside the walk. */
  files(folder: WalkedFolder<Companion>, names: readonly FileName[]): Promise<void>;
  /** Does something with a file that a link in the folder leads to. */
  linkedFile(folder: WalkedFolder<Companion>, name: FileName, file: OpenFile): Promise<void>;
  /** Ends a folder, when everything directly in it is done. Goes on beside the walk. */
  end?(folder: WalkedFolder<Companion>): Promise<void>;
  /** Gives back what `enter` made, in good and bad times. */
  close?(targetFolder: Companion): Promise<void>;
}

/** A few tasks more than threads, so that none waits for the walk. */
const tasksPerThread = 4;

interface Folder<Companion> extends WalkedFolder<Companion> {
  readonly isTop: boolean;
  readonly work: Promise<void>[];
}

/**
 * Walks a source tree while work goes on beside the walk, in so many threads at once.
 * When it ends, well or badly, nothing goes on any more and everything below the top is closed.
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
    // The walk closes the source's side of the folders that it has not left.
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
    // Not begun, since something else has failed before.
    await close();
    throw failure;
  }
}
