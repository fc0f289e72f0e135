import { createTaskPool } from '../async/taskPool.ts';
import { type FileName, fileName } from '../model/fileName.ts';
import type { TreeStep } from '../storage/source.ts';
import { isServable } from './contentsPath.ts';
import type { SentFile } from './notebookFolder.ts';
import { type Upload, uploadFile } from './uploadFile.ts';

/** A tree, and the part directory that it is sent to. */
export interface UploadedTree {
  readonly steps: AsyncIterable<TreeStep>;
  readonly partId: string;
  readonly part: FileName;
}

/** How many files are sent at the same time. */
const places = 4;
/** How many files are verified together: their names fit easily into one message to a kernel. */
const filesPerCheck = 200;

/**
 * Sends a tree into its existing part directory, and verifies every file. Names that the contents API would refuse
 * (hidden files, such as Zarr's `.zarray`, and names that are not Unicode) are replaced by temporary ones, and restored
 * at the end by the kernel.
 * @throws SOURCE_CHANGED, JUPYTER_DAMAGED and the errors of requests
 */
export async function uploadTree(upload: Upload, source: UploadedTree): Promise<void> {
  const work = createTaskPool(places);
  const unverified: SentFile[] = [];
  const renames: [path: FileName[], name: FileName][] = [];
  /** Names on the server, from the folder to the walk's current directory. */
  const here: FileName[] = [source.part];

  const pathFor = (name: FileName): FileName[] => {
    if (isServable(name)) return [...here, name];
    const path = [...here, fileName(`${renames.length}.${source.partId}`)];
    renames.push([path, name]);
    return path;
  };
  const send = async (step: TreeStep & { kind: 'file' }, path: readonly FileName[]) => {
    await using file = await step.open();
    const { sent } = await uploadFile(upload, file, path);
    await file.checkUnchanged(sent.sha256, upload.signal);
    unverified.push(sent);
    upload.progress.addFiles(1);
  };
  const verify = async (atLeast: number) => {
    while (unverified.length >= atLeast) await upload.folder.verify(unverified.splice(0, filesPerCheck));
  };

  try {
    for await (const step of source.steps) {
      upload.signal.throwIfAborted();
      const name = step.path.at(-1);
      if (step.kind === 'enter' && name !== undefined) {
        const path = pathFor(name);
        here.push(...path.slice(-1));
        await upload.server.makeDirectory([...upload.folderNames, ...path], upload.signal);
      } else if (step.kind === 'file' && name !== undefined) {
        const path = pathFor(name);
        await work.begin(() => send(step, path));
      } else if (step.kind === 'leave') {
        // Its files are closed with their folder.
        await work.settle();
        here.pop();
      }
      await verify(filesPerCheck);
    }
    await work.finish();
    await verify(1);
    // A directory is renamed after its contents.
    await upload.folder.rename(renames.reverse());
  } finally {
    await work.settle();
  }
}
