import { StagingError } from '../../shared/errors/stagingError.ts';
import type { FileName } from '../../shared/model/fileName.ts';
import type { TransferContext } from '../../shared/staging/stagingMethod.ts';
import type { AttemptWorkspace } from '../../shared/staging/target/userAreaTarget.ts';
import { type Collection, proveReplica } from '../../shared/storage/catalogue.ts';
import { fillFromCollection } from '../../shared/storage/collectionSource.ts';
import { makeFolder } from '../../shared/storage/copy/copyTree.ts';
import type { OpenFile } from '../../shared/storage/mounted/openAt.ts';
import type { StorageThreads } from '../../shared/storage/threads/threadPool.ts';
import type { ClosedDirectory } from '../../shared/storage/userArea/closedDirectory.ts';

/** Links a file into a folder. */
type MakeLink = (file: OpenFile, folder: ClosedDirectory, name: FileName) => Promise<void>;

/** Creates a folder of links to the files of a collection, each verified against the catalogue. */
export async function linkReplicas(
  source: Collection,
  { directory, part, owner }: AttemptWorkspace,
  { progress, signal, threads }: TransferContext & { readonly threads: StorageThreads },
  makeLink: MakeLink,
): Promise<void> {
  progress.bytesTotal = source.bytes;
  progress.filesTotal = source.files;
  const tree = await makeFolder(directory, part);
  try {
    await fillFromCollection(source, tree, { owner, signal }, async (file, folder, name) => {
      if (!file.mounted) throw notMounted(file.path);
      await proveReplica(file, {}, { threads, signal });
      await makeLink(file.mounted, folder, name);
      progress.addBytes(file.sizeBytes);
      progress.addFiles(1);
    });
  } finally {
    await tree.handle.close();
  }
}

function notMounted(path: string): StagingError {
  return new StagingError('SOURCE_NOT_MOUNTED', { method: 'symlink_copy', path });
}
