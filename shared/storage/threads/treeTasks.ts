import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { bytesOf, splitNames } from '../../model/fileName.ts';
import { at, IoError, settle, type TaskOutcome, throwIfStopped } from '../io/ioFailure.ts';
import { Progress, type ProgressMemory } from '../progress.ts';
import { addFingerprints, type Measure } from './fingerprint.ts';

/** Some files of one open directory; descriptors are numbers, which all threads of the process share. */
interface FilesTask {
  readonly sourceFd: number;
  readonly targetFd: number;
  /** Joined by `joinNames`. */
  readonly names: string;
  readonly progressMemory: ProgressMemory;
}

/** The owner of new files; undefined if the service may not change owners. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface CopyFilesTask extends FilesTask {
  readonly owner: Owner | undefined;
  /** Whether the file system may be able to share blocks between copies (reflink). */
  readonly mayClone: boolean;
}

interface CopyOpenFileTask {
  readonly fileFd: number;
  readonly targetFd: number;
  readonly name: string;
  readonly owner: Owner | undefined;
  readonly mayClone: boolean;
  readonly progressMemory: ProgressMemory;
}

const sourceFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const targetFlags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const otherBuffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** Copies files, read-only. Returns whether cloning works here. */
export function copyFiles(task: CopyFilesTask): Promise<TaskOutcome<{ mayClone: boolean }>> {
  return settle(async () => {
    const progress = new Progress(task.progressMemory);
    let mayClone = task.mayClone;
    for (const name of splitNames(task.names)) {
      throwIfStopped(progress);
      mayClone = await copyOne(task, name, mayClone, progress);
    }
    return { mayClone };
  });
}

/** Copies one open file to a name in the target, in the same way. */
export function copyOpenFileTo(task: CopyOpenFileTask): Promise<TaskOutcome<{ mayClone: boolean }>> {
  return settle(async () => ({ mayClone: await copyOpenFile(task, new Progress(task.progressMemory)) }));
}

/**
 * Makes hard links to files and removes the write bits of what they link to, because a link shares the source's mode.
 */
export function linkFiles(task: FilesTask): Promise<TaskOutcome<{ bytes: number }>> {
  return settle(() => {
    const progress = new Progress(task.progressMemory);
    let bytes = 0;
    for (const name of splitNames(task.names)) {
      throwIfStopped(progress);
      bytes += linkOne(task, name);
      progress.addFiles(1);
    }
    return { bytes };
  });
}

/** Measures files without opening them: how many, how many bytes, and a fingerprint of their versions. */
export function measureFiles(task: { sourceFd: number; names: string }): Promise<TaskOutcome<Measure>> {
  return settle(() => {
    const names = splitNames(task.names);
    const total = { bytes: 0, files: names.length, fingerprint: 0 };
    for (const name of names) {
      const { size, mtimeMs, ino } = at('source', name, () => lstatSync(pathAt(task.sourceFd, name)));
      total.bytes += size;
      total.fingerprint = addFingerprints(total.fingerprint, fingerprintOf(size, mtimeMs, ino));
    }
    return total;
  });
}

async function copyOne(
  task: CopyFilesTask,
  name: string,
  mayClone: boolean,
  progress: Progress,
): Promise<boolean> {
  const source = at('source', name, () => openSync(pathAt(task.sourceFd, name), sourceFlags));
  try {
    return await copyOpenFile({ ...task, fileFd: source, name, mayClone }, progress);
  } finally {
    closeSync(source);
  }
}

async function copyOpenFile(task: CopyOpenFileTask, progress: Progress): Promise<boolean> {
  const { fileFd: source, name, owner } = task;
  const before = fstatSync(source);
  if (!before.isFile()) throw new IoError({ side: 'source', code: 'KIND', name });
  const path = pathAt(task.targetFd, name);
  const isCloned = task.mayClone && clone(source, path);
  const flags = isCloned ? constants.O_RDWR | constants.O_NOFOLLOW : targetFlags;
  const target = at('target', name, () => openSync(path, flags, 0o400));
  try {
    if (isCloned) progress.addBytes(before.size);
    else await copyBytes(source, target, before.size, name, progress);
    // A small file is read in one piece, so it is of one version; the tree's second measure shows which one.
    if (before.size > buffer.length) checkUnchanged(source, target, before, name);
    // A file that was not cloned was created read-only.
    if (isCloned) at('target', name, () => fchmodSync(target, 0o400));
    if (owner) at('target', name, () => fchownSync(target, owner.uid, owner.gid));
  } finally {
    closeSync(target);
  }
  progress.addFiles(1);
  return isCloned;
}

/** Shares the source's blocks where the file system can; elsewhere leaves nothing behind. */
function clone(source: number, path: string | Buffer): boolean {
  try {
    copyFileSync(`/proc/self/fd/${source}`, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Whatever the reason is, copying the bytes succeeds or reports a clearer error.
    return false;
  }
}

/** Copies as many bytes as the file had when it was opened; `checkUnchanged` detects growth. */
async function copyBytes(
  source: number,
  target: number,
  size: number,
  name: string,
  progress: Progress,
): Promise<void> {
  const pieceBytes = progress.pieceBytes(buffer.length);
  for (let copied = 0; copied < size; ) {
    await progress.pace(Math.min(pieceBytes, size - copied));
    // What is read is written at once: other tasks of this thread, which go on while one waits, use the same buffer.
    const length = at('source', name, () => readSync(source, buffer, 0, pieceBytes, copied));
    if (length === 0) throw changed(name);
    at('target', name, () => writeAll(target, length));
    copied += length;
    progress.addBytes(length);
    throwIfStopped(progress);
  }
}

function writeAll(target: number, length: number): void {
  for (let written = 0; written < length; ) written += writeSync(target, buffer, written, length - written);
}

function checkUnchanged(source: number, target: number, before: Stats, name: string): void {
  const after = fstatSync(source);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(name);
  // The ctime alone also changes when the file is linked or its mode changed, so then the bytes decide.
  if (after.ctimeMs !== before.ctimeMs && !hasSameBytes(source, target)) throw changed(name);
}

function hasSameBytes(one: number, other: number): boolean {
  for (let position = 0; ; ) {
    const length = readSync(one, buffer, 0, buffer.length, position);
    const otherLength = readSync(other, otherBuffer, 0, buffer.length, position);
    if (length !== otherLength || buffer.compare(otherBuffer, 0, length, 0, length) !== 0) return false;
    if (length === 0) return true;
    position += length;
  }
}

function linkOne(task: FilesTask, name: string): number {
  const path = pathAt(task.targetFd, name);
  at('target', name, () => linkSync(pathAt(task.sourceFd, name), path));
  const linked = at('target', name, () => openSync(path, sourceFlags));
  try {
    const stat = fstatSync(linked);
    if (!stat.isFile()) throw new IoError({ side: 'source', code: 'KIND', name });
    if (stat.mode & 0o222) at('target', name, () => fchmodSync(linked, stat.mode & 0o7777 & ~0o222));
    return stat.size;
  } finally {
    closeSync(linked);
  }
}

/** See `pathIn` in `openAt.ts`; a thread has only the numbers of descriptors. */
const descriptors = `/proc/${process.pid}/fd`;

/** As a string where that is equivalent: it makes less garbage. */
function pathAt(fd: number, name: string): string | Buffer {
  const path = `${descriptors}/${fd}/${name}`;
  return isAscii.test(name) ? path : bytesOf(path);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: names may hold them.
const isAscii = /^[\x00-\x7f]*$/;

const words = new Float64Array(3);
const halves = new Uint32Array(words.buffer);

/** Hashes a file's version to 52 bits, with the multiplication and rotation of MurmurHash3's rounds. */
function fingerprintOf(size: number, mtimeMs: number, inode: number): number {
  words.set([size, mtimeMs, inode]);
  let [low, high] = [0x9e37_79b9, 0x85eb_ca6b];
  for (const half of halves) {
    low = Math.imul((low ^ half) >>> 0, 0xcc9e_2d51);
    high = Math.imul(high ^ ((low << 15) | (low >>> 17)), 0x1b87_3593) + half;
  }
  return (high >>> 12) * 2 ** 32 + (low >>> 0);
}

function changed(name: string): IoError {
  return new IoError({ side: 'source', code: 'CHANGED', name });
}
