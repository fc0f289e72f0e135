import { type FileName, fileName } from '../model/fileName.ts';
import { didPath } from '../model/sourcePath.ts';
import { type Catalogued, type Collection, type CollectionFile, proveReplica } from './catalogue.ts';
import { makeFolder } from './copy/copyTree.ts';
import { fillTree, folderSteps, treeSteps } from './copy/fillTree.ts';
import { sealPartFile } from './copy/partFile.ts';
import { createDigests } from './digest/digests.ts';
import type { ByteRange, FileSource, ReadableFile, TreeCopy, TreeSource } from './source.ts';
import type { ClosedDirectory } from './userArea/closedDirectory.ts';

/** A dataset or container as a source. The catalogue has no versions of it. */
export function collectionSource(collection: Collection): TreeSource {
  const { scope, name, bytes, files } = collection;
  return {
    kind: 'tree',
    name: fileName(name.split('/').findLast((part) => part !== '') ?? scope),
    collection,
    measure: async () => ({ bytes, files, allocatedBytes: bytes, entityTag: undefined }),
    steps: (signal) =>
      treeSteps(folderSteps(placedFiles(collection, signal)), (file) => ({
        asSource: { path: didPath(file.did), isBeneathTree: false },
        open: () => openProven(file),
      })),
    async copyTo(folder, copy) {
      await fillFromCollection(collection, folder, copy, (...file) => copyReplica(copy, ...file));
      return undefined;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Creates a file in a folder from its replica, verified and read-only. */
type MakeFile = (source: FileSource, folder: ClosedDirectory, name: FileName) => Promise<void>;

/** Creates the files and folders of a collection in an empty folder, which stays open. @throws the first failure */
export function fillFromCollection(
  collection: Collection,
  top: ClosedDirectory,
  { owner, signal }: Pick<TreeCopy, 'owner' | 'signal'>,
  makeFile: MakeFile,
): Promise<void> {
  return fillTree(folderSteps(placedFiles(collection, signal)), top, {
    owner,
    makeFolder,
    isBatch: () => true,
    async makeFiles(folder, files) {
      for (const { name, file } of files) {
        await using source = await file.open();
        await makeFile(source, folder, name);
      }
    },
  });
}

/** Copies one file, and digests it in the same pass. */
async function copyReplica(
  { owner, ...copy }: TreeCopy,
  source: FileSource,
  folder: ClosedDirectory,
  name: FileName,
): Promise<void> {
  const part = await source.makePart(folder, name);
  try {
    const digests = await source.copyTo(part, { ...copy, digests: source.catalogued?.algorithms ?? [] });
    await source.checkUnchanged(undefined, copy.signal);
    await proveReplica(source, digests, copy);
    await sealPartFile(part, { owner, modifiedAtNs: source.modifiedAtNs });
  } finally {
    await part.handle.close();
  }
  copy.progress.addFiles(1);
}

async function* placedFiles(collection: Collection, signal: AbortSignal) {
  for await (const file of collection.replicas(signal)) {
    signal.throwIfAborted();
    const name = file.path.at(-1);
    if (name !== undefined) yield { folders: file.path.slice(0, -1), file: { name, value: file } };
  }
}

/** A file is compared with the catalogue when it is checked. */
async function openProven(file: CollectionFile): Promise<ReadableFile> {
  const source = await file.open();
  return source.catalogued ? provenFile(source, source.catalogued) : source;
}

/** Digests data that is read from beginning to end; data read in another way is read again for that. */
function provenFile(file: ReadableFile, catalogued: Catalogued): ReadableFile {
  const { sizeBytes } = file;
  const whole = createDigests(catalogued.algorithms);
  let seenBytes = 0;
  const see = async (bytes: Uint8Array, position: number) => {
    if (position !== seenBytes) return;
    (await whole).update(bytes);
    seenBytes += bytes.length;
  };
  async function* stream(range: ByteRange, signal: AbortSignal, memory?: () => Buffer) {
    let position = range.start;
    for await (const chunk of file.stream(range, signal, memory)) {
      await see(chunk, position);
      position += chunk.length;
      yield chunk;
    }
  }
  return {
    path: file.path,
    sizeBytes,
    modifiedAtNs: file.modifiedAtNs,
    mode: file.mode,
    stream,
    async read(buffer, position, signal) {
      await file.read(buffer, position, signal);
      await see(buffer, position);
    },
    async checkUnchanged(sha256, signal) {
      if (seenBytes < sizeBytes) {
        const rest = { start: seenBytes, end: sizeBytes - 1 };
        for await (const _chunk of stream(rest, signal)) signal.throwIfAborted();
      }
      await file.checkUnchanged(sha256, signal);
      await catalogued.prove((await whole).digest());
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
