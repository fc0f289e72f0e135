import type { FileHandle } from 'node:fs/promises';
import { createTaskPool, type TaskPool } from '../../async/taskPool.ts';
import { StagingError, systemErrorCode } from '../../errors/stagingError.ts';
import type { FileName } from '../../model/fileName.ts';
import { endFolder, makeFolder } from '../copy/copyTree.ts';
import { makeEmptyPartFile, sealPartFile } from '../copy/partFile.ts';
import type { Owner } from '../threads/treeFiles.ts';
import type { ClosedDirectory } from '../userArea/closedDirectory.ts';
import type { CopyObject, ObjectCopy } from './copyObject.ts';
import type { S3Object } from './s3Object.ts';
import type { S3Prefix } from './s3Prefix.ts';

/** The options of copying a prefix; its objects are digested only to verify them. */
export interface PrefixCopy extends Omit<ObjectCopy, 'digests'> {
  readonly owner: Owner | undefined;
}

/** A folder that is being filled, and its files in transfer. */
interface Filling {
  readonly folder: ClosedDirectory;
  readonly files: Promise<void>[];
}

type Fill = (object: S3Object, part: FileHandle) => Promise<unknown>;

/** How many objects are copied at the same time: enough to hide the store's latency. */
const places = 16;

/**
 * Copies all objects of a prefix into an empty folder, which stays open; each file is read-only as soon as it is
 * complete.
 */
export async function copyPrefix(
  prefix: S3Prefix,
  top: ClosedDirectory,
  copyObject: CopyObject,
  copy: PrefixCopy,
): Promise<void> {
  const fill: Fill = (object, part) => copyObject(object, part, { ...copy, digests: [] });
  const work = createTaskPool(places);
  const open: Filling[] = [];
  try {
    for await (const event of prefix.walk(copy.signal)) {
      const here = open.at(-1);
      const name = event.path.at(-1);
      if (event.kind === 'enter') {
        const folder = here && name !== undefined ? await makeFolderOfKeys(here.folder, name, prefix) : top;
        open.push({ folder, files: [] });
      } else if (event.kind === 'object' && here && name !== undefined) {
        const { ended } = await work.begin(() => copyOne(event.object, here.folder, name, fill, copy));
        here.files.push(ended);
      } else if (event.kind === 'leave' && here) {
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

async function copyOne(
  object: S3Object,
  folder: ClosedDirectory,
  name: FileName,
  fill: Fill,
  copy: PrefixCopy,
): Promise<void> {
  const part = await makeEmptyPartFile(folder, name).catch((error: unknown) => {
    throw nameTaken(error, object.path);
  });
  try {
    await fill(object, part.handle);
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
