import { type BoundedWork, createBoundedWork } from './boundedWork.ts';
import type { FileName } from './fileName.ts';
import type { OpenDirectory, OpenFile } from './source.ts';
import type { SourceStorage } from './sourceStorage.ts';
import { walkTree } from './treeWalk.ts';

/** A directory of the source and the one at the target that mirrors it, both open. */
export interface MirroredFolder {
  readonly source: OpenDirectory;
  readonly target: OpenDirectory;
}

/** What to do while a source tree is walked and its mirror beside it. */
export interface MirrorSteps {
  /** Opens the mirror of a folder, made new or there already. */
  openFolder(parent: OpenDirectory, name: FileName): Promise<OpenDirectory>;
  /** Does something with some regular files of a folder. Goes on beside the walk. */
  files(folder: MirroredFolder, names: readonly FileName[]): Promise<void>;
  /** Does something with a file that a link in the folder leads to. */
  linkedFile(folder: MirroredFolder, name: FileName, file: OpenFile): Promise<void>;
  /** Ends a folder, when everything directly in it is done. Goes on beside the walk. */
  endFolder(folder: MirroredFolder): Promise<void>;
}

interface Folder extends MirroredFolder {
  readonly isTop: boolean;
  readonly work: Promise<void>[];
}

/**
 * Walks a source tree and its mirror together, with at most `places` pieces of work going on beside the walk.
 * When it ends, well or badly, nothing goes on any more and all folders but the two at the top are closed.
 */
export async function mirrorTree(
  storage: SourceStorage,
  top: MirroredFolder,
  places: number,
  steps: MirrorSteps,
): Promise<void> {
  const work = createBoundedWork(places);
  const folders: Folder[] = [];
  try {
    for await (const event of walkTree(storage, top.source)) {
      const folder = folders.at(-1);
      switch (event.kind) {
        case 'enter':
          folders.push(await enter(top, folder, event.directory, event.path.at(-1), steps));
          break;
        case 'files':
          if (folder) folder.work.push((await work.begin(() => steps.files(folder, event.names))).ended);
          break;
        case 'linkedFile':
          if (folder) await steps.linkedFile(folder, lastOf(event.path), event.file);
          break;
        case 'leave':
          folders.pop();
          if (folder) await leave(folder, work, steps);
      }
    }
    await work.finish();
  } finally {
    await work.settle();
    // The walk closes the source's side of the folders that it has not left.
    for (const folder of folders) if (!folder.isTop) await folder.target.handle.close();
  }
}

async function enter(
  top: MirroredFolder,
  parent: Folder | undefined,
  source: OpenDirectory,
  name: FileName | undefined,
  steps: MirrorSteps,
): Promise<Folder> {
  if (!parent || !name) return { ...top, isTop: true, work: [] };
  return { source, target: await steps.openFolder(parent.target, name), isTop: false, work: [] };
}

async function leave(folder: Folder, work: BoundedWork, steps: MirrorSteps): Promise<void> {
  const end = async () => {
    try {
      await Promise.all(folder.work);
      await steps.endFolder(folder);
    } finally {
      if (!folder.isTop) await Promise.all([folder.source.handle.close(), folder.target.handle.close()]);
    }
  };
  try {
    await work.begin(end);
  } catch (failure) {
    // Not begun, since something else has failed: the folder still has to be closed.
    if (!folder.isTop) await Promise.all([folder.source.handle.close(), folder.target.handle.close()]);
    throw failure;
  }
}

function lastOf(path: readonly FileName[]): FileName {
  const name = path.at(-1);
  if (name === undefined) throw new Error('A linked file has a name');
  return name;
}
