import type { S3Client } from '@aws-sdk/client-s3';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import { type FileName, textOf } from '../../model/fileName.ts';
import { makeFolder } from '../copy/copyTree.ts';
import { fillTree, type NamedFile, treeSteps } from '../copy/fillTree.ts';
import { makeEmptyPartFile, sealPartFile } from '../copy/partFile.ts';
import { treeEtag } from '../entityTag.ts';
import type { TreeCopy, TreeSource } from '../source.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { type CopyObject, type ObjectCopyMeans, smallObjectBytes } from './copyObject.ts';
import { nameOfKey } from './objectSource.ts';
import type { S3Object } from './s3/s3Object.ts';
import { measurePrefix, type Prefix, walkPrefix } from './s3/s3Prefix.ts';

/** The further dependencies of copies of prefixes: a way to copy one object. */
interface PrefixCopyMeans extends ObjectCopyMeans {
  readonly copyObject: CopyObject;
}

type Entry = NamedFile<S3Object>;

/** How much is sent to a thread as one task, which is faster than one task per object. */
const batch = { files: 8, bytes: 1024 * 1024 };

/**
 * All objects beneath a prefix as a source. They are copied in the order of their keys, and each file becomes read-only
 * when it is complete.
 */
export function prefixSource(client: S3Client, prefix: Prefix, means: PrefixCopyMeans): TreeSource {
  return {
    kind: 'tree',
    name: nameOfKey(prefix),
    async measure({ signal }) {
      const measure = await measurePrefix(client, prefix, signal);
      const { bytes, files } = measure;
      return { bytes, files, allocatedBytes: bytes, entityTag: treeEtag(measure) };
    },
    steps: (signal) =>
      treeSteps(walkPrefix(client, prefix, signal), (file, path) => ({
        // A key is text without escapes.
        asSource: { path: textOf(path.join('/')), isBeneathTree: true },
        open: async () => file,
      })),
    async copyTo(folder, copy) {
      const batchBytes = copy.progress.pieceBytes(batch.bytes);
      await fillTree(walkPrefix(client, prefix, copy.signal), folder, {
        owner: copy.owner,
        makeFolder: (parent, name) => makeFolderOfKeys(parent, name, prefix),
        isBatch: (entries) => entries.length >= batch.files || bytesOf(entries) >= batchBytes,
        makeFiles: (parent, entries) => copyBatch(parent, entries, means, copy),
      });
      return undefined;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { file }) => sum + file.sizeBytes, 0);
}

/**
 * Copies small objects in a thread; its failures, and large objects, are copied one by one, which reports the reason.
 */
async function copyBatch(
  folder: ClosedDirectory,
  entries: readonly Entry[],
  means: PrefixCopyMeans,
  copy: TreeCopy,
): Promise<void> {
  const small = entries.filter(({ file }) => file.sizeBytes <= smallObjectBytes);
  const copied = new Set(small.length > 0 ? await copySmallObjects(folder, small, means, copy) : []);
  const left = entries.filter((entry) => !copied.has(entry));
  for (const { file, name } of left) await copyOne(file, folder, name, means.copyObject, copy);
}

/** @returns the entries that were copied */
async function copySmallObjects(
  folder: ClosedDirectory,
  entries: readonly Entry[],
  { threads, sign }: ObjectCopyMeans,
  { owner, progress }: TreeCopy,
): Promise<Entry[]> {
  // Before anything is signed, because signatures expire.
  await progress.pace(bytesOf(entries));
  const objects = await Promise.all(
    entries.map(async ({ file: object, name }) => ({
      request: await sign(object),
      name,
      sizeBytes: object.sizeBytes,
      modifiedAtMs: object.modifiedAt.getTime(),
    })),
  );
  const task = { folderFd: folder.handle.fd, objects, owner, progressMemory: progress.memory };
  const left = new Set(await threads.run('copySmallObjects', task));
  return entries.filter((_, index) => !left.has(index));
}

async function copyOne(
  object: S3Object,
  folder: ClosedDirectory,
  name: FileName,
  copyObject: CopyObject,
  copy: TreeCopy,
): Promise<void> {
  const part = await makeEmptyPartFile(folder, name).catch((error: unknown) => {
    throw nameTaken(error, object.path);
  });
  try {
    await copyObject(object, part.handle, { ...copy, digests: [] });
    await sealPartFile(part, { owner: copy.owner, modifiedAtNs: object.modifiedAtNs });
  } finally {
    await part.handle.close();
  }
  copy.progress.addFiles(1);
}

async function makeFolderOfKeys(
  parent: ClosedDirectory,
  name: FileName,
  { bucket, key }: Prefix,
): Promise<ClosedDirectory> {
  try {
    return await makeFolder(parent, name);
  } catch (error) {
    throw nameTaken(error instanceof StagingError ? error.cause : error, `s3://${bucket}/${key}…/${name}`);
  }
}

/** Keys have no folders: `a` and `a/b` may both be objects, but not both be in a directory. */
function nameTaken(error: unknown, path: string): unknown {
  if (systemErrorCode(error) !== 'EEXIST') return error;
  const reason = 'an object and a folder of objects have the same name';
  return new StagingError('OBJECT_NAME_UNSUPPORTED', { path, reason }, { cause: error });
}
