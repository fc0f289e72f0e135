import { StagingError } from '../errors/stagingError.ts';
import { createBoundedWork } from '../storage/boundedWork.ts';
import { displayName, type FileName, fileName } from '../storage/fileName.ts';
import type { OpenDirectory, OpenFile } from '../storage/source.ts';
import type { SourceStorage } from '../storage/sourceStorage.ts';
import type { StorageThreads } from '../storage/storageThreads.ts';
import { walkTree } from '../storage/treeWalk.ts';
import { isServable } from './contentsPath.ts';
import type { SentFile } from './notebookFolder.ts';
import { type Upload, type Uploaded, uploadFile } from './uploadFile.ts';

/** Where a tree comes from, and the part directory that it goes to. */
export interface TreeSource {
  readonly storage: SourceStorage;
  readonly threads: StorageThreads;
  readonly directory: OpenDirectory;
  readonly operationId: string;
  readonly part: FileName;
}

/** How many files are under way at once. */
const places = 4;
/** How many files are verified at once: their names fit well into one message to a kernel. */
const filesPerCheck = 200;

/**
 * Sends a tree into its part directory, which exists already, and verifies every file that arrived.
 * What the contents API would refuse (hidden files, such as Zarr's `.zarray`, and names that are no Unicode) goes by
 * another name, and gets its own at the end, from the kernel.
 * @throws SOURCE_CHANGED, JUPYTER_DAMAGED and what requests end with
 */
export async function uploadTree(upload: Upload, source: TreeSource): Promise<void> {
  const work = createBoundedWork(places);
  const unverified: SentFile[] = [];
  const renames: [path: FileName[], name: FileName][] = [];
  /** Names on the other side, from the folder to the directory that the walk is in. */
  const here: FileName[] = [source.part];

  const pathFor = (name: FileName): FileName[] => {
    if (isServable(name)) return [...here, name];
    const path = [...here, fileName(`${renames.length}.${source.operationId}`)];
    renames.push([path, name]);
    return path;
  };
  const send = async (file: OpenFile, path: readonly FileName[]) => {
    const uploaded = await uploadFile(upload, file, path);
    await checkUnchanged(file, uploaded, source.threads);
    unverified.push(uploaded.sent);
    upload.progress.addFiles(1);
  };
  const verify = async (atLeast: number) => {
    while (unverified.length >= atLeast) await upload.folder.verify(unverified.splice(0, filesPerCheck));
  };

  try {
    for await (const event of walkTree(source.storage, source.directory)) {
      upload.signal.throwIfAborted();
      const name = event.path.at(-1);
      if (event.kind === 'enter' && name !== undefined) {
        const path = pathFor(name);
        here.push(...path.slice(-1));
        await upload.server.makeDirectory([...upload.folderNames, ...path], upload.signal);
      } else if (event.kind === 'files') {
        for (const each of event.names) {
          const path = pathFor(each);
          await work.begin(() => sendEntry(source.storage, event.directory, each, path, send));
        }
      } else if (event.kind === 'linkedFile' && name !== undefined) {
        // The walk closes it after this event.
        await (await work.begin(() => send(event.file, pathFor(name)))).ended;
      } else if (event.kind === 'leave' && event.directory !== source.directory) {
        await work.settle();
        await event.directory.handle.close();
        here.pop();
      }
      await verify(filesPerCheck);
    }
    await work.finish();
    await verify(1);
    // A directory's own name comes after those of what is in it.
    await upload.folder.rename(renames.reverse());
  } finally {
    await work.settle();
  }
}

async function sendEntry(
  storage: SourceStorage,
  directory: OpenDirectory,
  name: FileName,
  path: readonly FileName[],
  send: (file: OpenFile, path: readonly FileName[]) => Promise<void>,
): Promise<void> {
  await using entry = await storage.openEntry(directory, name);
  if (entry.kind !== 'file') throw changed([...directory.location, name]);
  await send(entry, path);
}

/**
 * Size and time must be what they were. When only the ctime has moved, the file may have been linked or have another
 * mode, or was written and its time set back: then its bytes are digested once more.
 */
async function checkUnchanged(file: OpenFile, { sent }: Uploaded, threads: StorageThreads): Promise<void> {
  const now = await file.handle.stat({ bigint: true });
  const isSame = now.size === file.stat.size && now.mtimeNs === file.stat.mtimeNs;
  if (isSame && now.ctimeNs === file.stat.ctimeNs) return;
  const digests: readonly 'sha256'[] = ['sha256'];
  const again = isSame ? await threads.run('digestFile', { fd: file.handle.fd, digests }) : {};
  if (again.sha256 !== sent.sha256) throw changed(file.location);
}

function changed(location: readonly FileName[]): StagingError {
  return new StagingError('SOURCE_CHANGED', { path: displayName(location.join('/')) });
}
