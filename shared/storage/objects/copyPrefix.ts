import { createTaskPool, type TaskPool } from '../../async/taskPool.ts';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import type { FileName } from '../../model/fileName.ts';
import { endFolder, makeFolder } from '../copy/copyTree.ts';
import { makeEmptyPartFile, sealPartFile } from '../copy/partFile.ts';
import type { Owner } from '../threads/treeFiles.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import { type CopyObject, type ObjectCopy, type ObjectCopyMeans, smallObjectBytes } from './copyObject.ts';
import type { S3Object } from './s3Object.ts';
import type { S3Prefix } from './s3Prefix.ts';

/** The options of copying a prefix; its objects are digested only to verify them. */
export interface PrefixCopy extends Omit<ObjectCopy, 'digests'> {
  readonly owner: Owner | undefined;
}

/** What copies of prefixes need beside that: a way to copy one object. */
export interface PrefixCopyMeans extends ObjectCopyMeans {
  readonly copyObject: CopyObject;
}

/** A folder that is being filled, its files in transfer, and the entries of its next batch. */
interface Filling {
  readonly folder: ClosedDirectory;
  readonly files: Promise<void>[];
  batch: Entry[];
}

interface Entry {
  readonly object: S3Object;
  readonly name: FileName;
}

type CopyEntries = (folder: ClosedDirectory, entries: readonly Entry[]) => Promise<void>;

/** How many batches are copied at the same time: enough to hide the store's latency. */
const places = 16;
/** How much is sent to a thread as one task, which is faster than one task for each object. */
const batch = { files: 8, bytes: 1024 * 1024 };

/**
 * Copies all objects of a prefix into an empty folder, which stays open; each file is read-only as soon as it is
 * complete.
 */
export async function copyPrefix(
  prefix: S3Prefix,
  top: ClosedDirectory,
  means: PrefixCopyMeans,
  copy: PrefixCopy,
): Promise<void> {
  const copyEntries: CopyEntries = (folder, entries) => copyBatch(folder, entries, means, copy);
  const batchBytes = copy.progress.pieceBytes(batch.bytes);
  const work = createTaskPool(places);
  const open: Filling[] = [];
  const beginBatch = async (here: Filling) => {
    const entries = here.batch;
    here.batch = [];
    if (entries.length === 0) return;
    const { ended } = await work.begin(() => copyEntries(here.folder, entries));
    here.files.push(ended);
  };
  try {
    for await (const event of prefix.walk(copy.signal)) {
      const here = open.at(-1);
      const name = event.path.at(-1);
      if (event.kind === 'enter') {
        const folder = here && name !== undefined ? await makeFolderOfKeys(here.folder, name, prefix) : top;
        open.push({ folder, files: [], batch: [] });
      } else if (event.kind === 'object' && here && name !== undefined) {
        here.batch.push({ object: event.object, name });
        if (isFull(here.batch, batchBytes)) await beginBatch(here);
      } else if (event.kind === 'leave' && here) {
        await beginBatch(here);
        open.pop();
        await end(here, top, work, copy.owner);
      }
    }
    await work.finish();
  } finally {
    await work.settle();
    for (const { folder } of open) if (folder !== top) await folder.handle.close();
  }
}

/** Ends a folder concurrently with the walk, when all of its files are complete. */
async function end(
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

function isFull(entries: readonly Entry[], batchBytes: number): boolean {
  return entries.length >= batch.files || bytesOf(entries) >= batchBytes;
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { object }) => sum + object.sizeBytes, 0);
}

/** Copies small objects in a thread; those that it could not, and large ones, one by one, which reports the reason. */
async function copyBatch(
  folder: ClosedDirectory,
  entries: readonly Entry[],
  means: PrefixCopyMeans,
  copy: PrefixCopy,
): Promise<void> {
  const small = entries.filter(({ object }) => object.sizeBytes <= smallObjectBytes);
  const copied = new Set(small.length > 0 ? await copySmallObjects(folder, small, means, copy) : []);
  const left = entries.filter((entry) => !copied.has(entry));
  for (const { object, name } of left) await copyOne(object, folder, name, means.copyObject, copy);
}

/** @returns the entries that were copied */
async function copySmallObjects(
  folder: ClosedDirectory,
  entries: readonly Entry[],
  { threads, sign }: ObjectCopyMeans,
  { owner, progress }: PrefixCopy,
): Promise<Entry[]> {
  // Before anything is signed, because signatures expire.
  await progress.pace(bytesOf(entries));
  const objects = await Promise.all(
    entries.map(async ({ object, name }) => ({
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
  copy: PrefixCopy,
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
  { bucket, key }: S3Prefix,
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
