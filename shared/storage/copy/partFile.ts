import { fstatSync } from 'node:fs';
import { constants, copyFile, type FileHandle, open } from 'node:fs/promises';
import { StagingError } from '../../errors/stagingError.ts';
import type { DigestAlgorithm } from '../../model/digestAlgorithm.ts';
import { displayName, type FileName } from '../../model/fileName.ts';
import type { Digests } from '../../model/operation.ts';
import { digestOpenFile } from '../digest/digestOpenFile.ts';
import { createDigests } from '../digest/digests.ts';
import { readFully, settableTime } from '../io/descriptors.ts';
import { dataRuns, mayHaveHoles } from '../io/holes.ts';
import { type IoFailure, toIoError } from '../io/ioFailure.ts';
import { type OpenFile, pathIn } from '../mounted/openAt.ts';
import type { Progress } from '../progress.ts';
import type { FileCopy } from '../source.ts';
import type { Owner } from '../threads/trees/treeFiles.ts';
import { type ClosedDirectory, removeFile } from '../userArea/closedDirectory.ts';

/** A part file, held open while it is filled. */
export interface PartFile {
  readonly handle: FileHandle;
  /** Whether it shares the source's blocks, and is therefore already complete. */
  readonly isCloned: boolean;
}

/**
 * Creates the part file, new and never through a link: a clone of the source where the file system can, else empty. For
 * a small file, copying is faster than cloning.
 */
export async function makePartFile(
  directory: ClosedDirectory,
  part: FileName,
  source: OpenFile,
): Promise<PartFile> {
  const cloned = source.stat.size > smallFileBytes ? await clonePartFile(directory, part, source) : undefined;
  return cloned ?? (await makeEmptyPartFile(directory, part));
}

/** Creates the part file as a clone of an open file; undefined, with nothing created, if that is impossible. */
export async function clonePartFile(
  directory: ClosedDirectory,
  part: FileName,
  { handle }: Pick<PartFile, 'handle'>,
): Promise<PartFile | undefined> {
  const path = pathIn(directory, part);
  const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;
  try {
    await copyFile(`/proc/self/fd/${handle.fd}`, path, flags);
  } catch {
    // For any error, copying the bytes succeeds or reports a clearer error.
    return undefined;
  }
  return { handle: await open(path, constants.O_RDWR | constants.O_NOFOLLOW), isCloned: true };
}

/**
 * Whether files in a folder can be cloned, tested with a file of a few bytes under the part's name. Some file systems
 * accept cloning an empty one without supporting it.
 */
export async function canClone(directory: ClosedDirectory, part: FileName): Promise<boolean> {
  const original = await makeEmptyPartFile(directory, part);
  try {
    await original.handle.write('?');
    await removeFile(directory, part);
    const cloned = await clonePartFile(directory, part, original);
    if (!cloned) return false;
    await cloned.handle.close();
    await removeFile(directory, part);
    return true;
  } finally {
    await original.handle.close();
  }
}

/**
 * Unlinks a part file, and gives its name to a clone of it.
 * @returns the clone; the handle's file can now be reached only by this process
 */
export async function withdrawPartFile(
  directory: ClosedDirectory,
  name: FileName,
  part: Pick<PartFile, 'handle'>,
): Promise<PartFile> {
  await removeFile(directory, name);
  const cloned = await clonePartFile(directory, name, part);
  if (!cloned)
    throw new StagingError('STORAGE_FAILED', {
      path: displayName(name),
      reason: 'it stopped to clone files',
    });
  return cloned;
}

/** Creates an empty part file, new and never through a link. */
export async function makeEmptyPartFile(directory: ClosedDirectory, part: FileName): Promise<PartFile> {
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_CREAT | constants.O_EXCL;
  return { handle: await open(pathIn(directory, part), flags, 0o600), isCloned: false };
}

/** Fills a part file with the source's bytes and digests them, in one pass. @throws IoError */
export async function fillPartFile(
  part: PartFile,
  source: OpenFile,
  { digests, progress, signal, threads, plan }: FileCopy,
): Promise<Digests> {
  if (!part.isCloned && source.stat.size <= smallFileBytes) {
    return copySmallFile(source, part.handle, digests, progress);
  }
  if (!part.isCloned) {
    const task = { sourceFd: source.handle.fd, targetFd: part.handle.fd, digests, plan };
    return threads.run('copyFile', { ...task, progressMemory: progress.memory });
  }
  progress.addBytes(Number(source.stat.size));
  return digests.length > 0 ? digestOpenFile(part.handle, digests, { threads, signal }) : {};
}

/** The final state of a part file. */
export interface PartSeal {
  /** Undefined where the service may not change owners. */
  readonly owner: Owner | undefined;
  /** The modification time of its source. */
  readonly modifiedAtNs: bigint;
}

/** Makes a part file read-only, and sets the modification time of its source and the owner of the user area. */
export async function sealPartFile({ handle }: PartFile, { owner, modifiedAtNs }: PartSeal): Promise<void> {
  const { nlink, uid } = fstatSync(handle.fd);
  if (nlink !== 1 || uid !== process.geteuid?.()) throw new Error('A part file is not what the service made');
  await handle.chmod(0o400);
  await handle.utimes(Date.now() / 1000, settableTime(Number(modifiedAtNs) / 1e9));
  if (owner) await handle.chown(owner.uid, owner.gid);
}

/** Up to this size a file is copied here: starting a thread would take many times longer than the copy. */
export const smallFileBytes = 256 * 1024;

/** Copies a small file to an empty one, up to its size at opening, and digests it. @throws IoError */
export async function copySmallFile(
  source: OpenFile,
  target: FileHandle,
  algorithms: readonly DigestAlgorithm[],
  progress: Progress,
): Promise<Digests> {
  await progress.pace(Number(source.stat.size));
  const buffer = Buffer.alloc(Number(source.stat.size));
  const bytes = await atSide('source', readFully(source.handle.fd, buffer));
  const digests = await createDigests(algorithms);
  digests.update(bytes);
  await atSide('target', mayHaveHoles(source.stat) ? writeData(target, bytes) : writeWhole(target, bytes));
  progress.addBytes(bytes.length);
  return digests.digest();
}

async function writeWhole(target: FileHandle, bytes: Buffer, position = 0): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await target.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** Writes all but the holes. */
async function writeData(target: FileHandle, bytes: Buffer): Promise<void> {
  for (const { from, to } of dataRuns(bytes)) await writeWhole(target, bytes.subarray(from, to), from);
  await target.truncate(bytes.length);
}

async function atSide<Result>(side: IoFailure['side'], work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toIoError(error, side, '');
  }
}

/** Which copies can be resumed, and in what steps. */
export interface ResumeSizes {
  /** The minimum size of resumable files. */
  readonly leastBytes: number;
  /** A multiple of 4 MiB. */
  readonly checkpointBytes: number;
  /** The shortest time between two syncs to disk, in ms. */
  readonly syncMs: number;
}

/** From this size on resuming saves noticeable time; copies that take less than some seconds are not logged. */
export const defaultResumeSizes: ResumeSizes = {
  leastBytes: 1024 ** 3,
  checkpointBytes: 256 * 1024 ** 2,
  syncMs: 5000,
};
