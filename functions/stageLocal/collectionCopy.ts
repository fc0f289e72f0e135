import type { FileName } from '../../shared/model/fileName.ts';
import { proveReplica } from '../../shared/staging/verification.ts';
import type { Collection } from '../../shared/storage/catalogue.ts';
import { fillFromCollection } from '../../shared/storage/copy/fillFromCollection.ts';
import {
  fillPartFile,
  makeEmptyPartFile,
  makePartFile,
  sealPartFile,
} from '../../shared/storage/copy/partFile.ts';
import { mountedFile } from '../../shared/storage/mounted/mountedFile.ts';
import type { OpenFile } from '../../shared/storage/mounted/openAt.ts';
import type { ObjectStorage } from '../../shared/storage/objects/objectStorage.ts';
import type { S3Object } from '../../shared/storage/objects/s3Object.ts';
import type { Progress } from '../../shared/storage/progress.ts';
import type { Owner } from '../../shared/storage/threads/treeFiles.ts';
import type { ClosedDirectory } from '../../shared/storage/userArea/closedDirectory.ts';
import { syncFileSystem } from '../../shared/storage/userArea/syncFileSystem.ts';
import { type CopyServices, type CopyWork, fillPartTree } from './copyWork.ts';

/** Copies the files of a dataset or container as a directory, each proved to be what the catalogue says. */
export function collectionCopy(
  source: Collection,
  { threads }: CopyServices,
  { copyObject }: ObjectStorage,
): CopyWork {
  const { bytes, files } = source;
  return {
    measure: async () => ({ bytes, files, allocatedBytes: bytes }),
    copy: (workspace, { progress, signal }) =>
      fillPartTree(workspace, async (tree) => {
        const copy = { threads, copyObject, owner: workspace.owner, progress, signal };
        await fillFromCollection(source, tree, copy, (...file) => copyReplica(copy, ...file));
        await syncFileSystem(tree);
        return undefined;
      }),
  };
}

interface ReplicaCopy extends Pick<CopyServices, 'threads'>, Pick<ObjectStorage, 'copyObject'> {
  readonly owner: Owner | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Copies one file, and digests it in the same pass. */
async function copyReplica(
  { copyObject, owner, ...means }: ReplicaCopy,
  source: OpenFile | S3Object,
  folder: ClosedDirectory,
  name: FileName,
): Promise<void> {
  const copy = { ...means, digests: source.catalogued?.algorithms ?? [] };
  const isMounted = source.kind === 'file';
  const file = isMounted ? mountedFile(source) : source;
  const part = isMounted ? await makePartFile(folder, name, source) : await makeEmptyPartFile(folder, name);
  try {
    const digests = isMounted
      ? await fillPartFile(part, source, copy)
      : await copyObject(source, part.handle, copy);
    await file.checkUnchanged(undefined, means.signal);
    await proveReplica(source, digests, means);
    await sealPartFile(part, { owner, modifiedAtNs: file.modifiedAtNs });
  } finally {
    await part.handle.close();
  }
  means.progress.addFiles(1);
}
