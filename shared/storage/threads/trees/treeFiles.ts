import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { pathAt, pathOfDescriptor, settableTime } from '../../io/descriptors.ts';
import { dataRuns, mayHaveHoles } from '../../io/holes.ts';
import { at, IoError, throwIfStopped } from '../../io/ioFailure.ts';
import type { Progress } from '../../progress.ts';
import { checksumLine } from './checksumLine.ts';

/** The owner of the copies; undefined where the service may not change owners. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A file of a tree, and its target. */
export interface FileCopy {
  readonly sourceFd: number;
  readonly folderFd: number;
  readonly name: string;
  /** For messages. */
  readonly path: string;
}

/** How files of a tree are copied. */
export interface CopyOptions {
  readonly owner: Owner | undefined;
  /** Whether the file system may be able to share blocks between copies (reflink). */
  readonly mayClone: boolean;
  /** Receives a line with the SHA-256 of the file; undefined if not requested. */
  readonly checksums: string[] | undefined;
  readonly progress: Progress;
}

const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const targetFlags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const otherBuffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** The final state of a file or folder. */
interface Seal {
  /** Undefined if it has its mode already. */
  readonly mode?: number | undefined;
  /** The modification time of its source. */
  readonly modifiedAtSeconds: number;
  readonly owner: Owner | undefined;
}

/** Ends an open file or folder: read-only, with the modification time of its source, and its owner. */
export function seal(fd: number, { mode, modifiedAtSeconds, owner }: Seal): void {
  if (mode !== undefined) fchmodSync(fd, mode);
  futimesSync(fd, Date.now() / 1000, settableTime(modifiedAtSeconds));
  if (owner) fchownSync(fd, owner.uid, owner.gid);
}

/** Opens a file of an open folder for reading, never through a link, and without blocking on a FIFO. */
export function openForReading(folderFd: number, name: string): number {
  return openSync(pathAt(folderFd, name), readFlags);
}

/**
 * Copies an open file to a new one: read-only, with its modification time.
 * @returns whether its blocks were cloned, and the state of the copy
 */
export async function copyOpenFile(
  file: FileCopy,
  { owner, mayClone, checksums, progress }: CopyOptions,
): Promise<{ readonly isCloned: boolean; readonly copy: Stats }> {
  const { sourceFd: source, path } = file;
  const before = fstatSync(source);
  if (!before.isFile()) throw new IoError({ side: 'source', code: 'KIND', name: path });
  const mode = mayClone ? 0o600 : 0o400;
  const target = at('target', path, () => openSync(pathAt(file.folderFd, file.name), targetFlags, mode));
  try {
    const isCloned = mayClone && clone(source, target);
    const hash = checksums && createHash('sha256');
    if (!isCloned) await copyBytes({ source, target, path }, before, progress, hash);
    else {
      if (hash) digestBytes(target, hash, progress);
      progress.addBytes(before.size);
    }
    if (hash) checksums.push(checksumLine(hash.digest('hex'), path));
    // A file read in one read is of one version; the tree's second measure shows which.
    if (before.size > buffer.length) checkUnchanged({ source, target, path }, before);
    at('target', path, () => {
      seal(target, { mode: mayClone ? 0o400 : undefined, modifiedAtSeconds: before.mtimeMs / 1000, owner });
    });
    progress.addFiles(1);
    return { isCloned, copy: fstatSync(target) };
  } finally {
    closeSync(target);
  }
}

interface OpenPair {
  readonly source: number;
  readonly target: number;
  readonly path: string;
}

/** Shares the source's blocks where the file system can; elsewhere the target stays empty. */
function clone(source: number, target: number): boolean {
  try {
    copyFileSync(pathOfDescriptor(source), pathOfDescriptor(target), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // For any error, a copy by reading and writing succeeds or reports it better.
    return false;
  }
}

/** Nothing of a clone has been read yet. */
function digestBytes(fd: number, hash: Hash, progress: Progress): void {
  for (let position = 0; ; ) {
    throwIfStopped(progress);
    const length = readSync(fd, buffer, 0, buffer.length, position);
    if (length === 0) return;
    hash.update(buffer.subarray(0, length));
    position += length;
  }
}

/** Copies as many bytes as the file had when it was opened; `checkUnchanged` detects growth. */
async function copyBytes(
  { source, target, path }: OpenPair,
  before: Stats,
  progress: Progress,
  hash: Hash | undefined,
): Promise<void> {
  const isSparse = mayHaveHoles(before);
  const pieceBytes = progress.pieceBytes(buffer.length);
  for (let copied = 0; copied < before.size; ) {
    const wanted = Math.min(pieceBytes, before.size - copied);
    if (progress.isPaced) await progress.pace(wanted);
    // Each buffer is written immediately: other tasks of this thread, which run while one waits, use the same buffer.
    const length = at('source', path, () => readSync(source, buffer, 0, wanted, copied));
    if (length === 0) throw changed(path);
    hash?.update(buffer.subarray(0, length));
    at('target', path, () => {
      if (isSparse) progress.addHoles(length - writeData(target, buffer.subarray(0, length), copied));
      else writeAll(target, buffer.subarray(0, length), copied);
    });
    copied += length;
    progress.addBytes(length);
    throwIfStopped(progress);
  }
  if (isSparse) at('target', path, () => ftruncateSync(target, before.size));
}

/** Writes the bytes that are not zero. @returns their number */
function writeData(target: number, bytes: Buffer, position: number): number {
  let written = 0;
  for (const { from, to } of dataRuns(bytes)) {
    writeAll(target, bytes.subarray(from, to), position + from);
    written += to - from;
  }
  return written;
}

/** Writes all bytes: from a position on, or at the end. */
export function writeAll(target: number, bytes: Buffer, position?: number): void {
  for (let written = 0; written < bytes.length; ) {
    const place = position === undefined ? null : position + written;
    written += writeSync(target, bytes, written, bytes.length - written, place);
  }
}

function checkUnchanged({ source, target, path }: OpenPair, before: Stats): void {
  const after = fstatSync(source);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(path);
  // The ctime alone also changes when the file is linked or its mode is changed, so then the bytes are compared.
  if (after.ctimeMs !== before.ctimeMs && !hasSameBytes(source, target)) throw changed(path);
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

/** The error for bytes that are not of a single version of the source. */
export function changed(path: string): IoError {
  return new IoError({ side: 'source', code: 'CHANGED', name: path });
}
