import { type FileHandle, open } from 'node:fs/promises';
import type { LogFile } from '../../config/config.ts';
import { systemErrorCode } from '../../errors/stagingError.ts';

/** A position in the log, between two lines, that stays valid when files are rotated. */
export interface LogPosition {
  /** The file: a later file has another id, although a new inode may reuse an old number. */
  readonly file: string;
  readonly offset: number;
}

/** An open log file, with the id that distinguishes it from all others. */
export interface OpenLogFile {
  readonly handle: FileHandle;
  readonly name: string;
}

/**
 * Opens the files of the log, the newest first; the caller closes them. A concurrent rotation moves each file to a
 * higher number, so none is missed in ascending order, but one may be seen twice, which is skipped, and a number may be
 * missing for a moment.
 */
export async function* newestFilesFirst({ path, kept }: LogFile): AsyncGenerator<OpenLogFile> {
  const met = new Set<string>();
  for (let number = 0; number <= kept; number += 1) {
    const file = await openIfThere(number === 0 ? path : `${path}.${number}`);
    if (!file) continue;
    if (met.has(file.name)) {
      await file.handle.close();
      continue;
    }
    met.add(file.name);
    yield file;
  }
}

async function openIfThere(path: string): Promise<OpenLogFile | undefined> {
  try {
    const handle = await open(path, 'r');
    const { ino, birthtimeNs } = await handle.stat({ bigint: true });
    return { handle, name: `${ino.toString(36)}-${birthtimeNs.toString(36)}` };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const blockBytes = 65_536;
const lineEnd = 0x0a;

/** Longer lines are truncated to this length. */
const longestLineBytes = 65_536;

/** One line of a file: its position, and its bytes without the line end, truncated to `longestLineBytes`. */
export interface Line {
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * The lines of the first `sizeBytes` of the file, last line first, in batches of one block. Keeps one block and one
 * line in memory, however large the file and its lines are.
 */
export async function* linesBackwards(file: FileHandle, sizeBytes: number): AsyncGenerator<Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  for (let end = sizeBytes; end > 0; end -= blockBytes) {
    const start = Math.max(0, end - blockBytes);
    const block = await readBytes(file, start, end);
    const lines: Line[] = [];
    let lineStop = block.length;
    for (let at = lastLineEnd(block, lineStop); at >= 0; at = lastLineEnd(block, lineStop)) {
      lines.push({ start: start + at + 1, bytes: joinCut(block.subarray(at + 1, lineStop), rest) });
      rest = Buffer.alloc(0);
      lineStop = at;
    }
    rest = joinCut(block.subarray(0, lineStop), rest);
    yield lines;
  }
  yield [{ start: 0, bytes: rest }];
}

/** A complete line: its bytes without the line end, truncated as above, and the position of the next one. */
interface WholeLine {
  readonly bytes: Buffer;
  readonly end: number;
}

/** The complete lines from `start` to the end of the file, first line first, in the same way. */
export async function* linesForwards(file: FileHandle, start: number): AsyncGenerator<WholeLine[]> {
  let rest: Buffer = Buffer.alloc(0);
  for (let at = start; ; ) {
    const block = await readBytes(file, at, at + blockBytes);
    if (block.length === 0) return;
    const lines: WholeLine[] = [];
    let lineStart = 0;
    for (let stop = block.indexOf(lineEnd); stop >= 0; stop = block.indexOf(lineEnd, lineStart)) {
      lines.push({ end: at + stop + 1, bytes: joinCut(rest, block.subarray(lineStart, stop)) });
      rest = Buffer.alloc(0);
      lineStart = stop + 1;
    }
    rest = joinCut(rest, block.subarray(lineStart));
    at += block.length;
    yield lines;
  }
}

/** The bytes from `start` to `end`; fewer if the file was truncated. */
export async function readBytes(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
  return buffer.subarray(0, bytesRead);
}

function lastLineEnd(block: Buffer, before: number): number {
  return before === 0 ? -1 : block.lastIndexOf(lineEnd, before - 1);
}

/** Earlier bytes of the line are kept; those beyond the longest line are dropped. */
function joinCut(earlier: Buffer, later: Buffer): Buffer {
  if (later.length === 0) return earlier;
  return Buffer.concat([earlier, later]).subarray(0, longestLineBytes);
}
