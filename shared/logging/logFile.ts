import { type FileHandle, open } from 'node:fs/promises';
import type { LogFile } from '../config/config.ts';
import { systemErrorCode } from '../errors/stagingError.ts';
import { lineFilter } from './lineFilter.ts';
import { linesBackwards, readBytes } from './linesBackwards.ts';
import type { LogLevel } from './logLevel.ts';

/** How many lines `readLog` gives unless told otherwise. */
const defaultLogLines = 1000;

/** How many lines `readLog` gives at most. */
export const mostLogLines = 10_000;

const readAheadBytes = 65_536;

/** Which lines of the log are wanted. */
export interface LogQuery {
  /** The least severe level wanted. */
  readonly level?: LogLevel;
  /** How many lines, the newest ones; at most `mostLogLines`. */
  readonly limit?: number;
  /** Only lines that belong to this operation. */
  readonly operationId?: string;
}

interface FoundLine {
  readonly file: FileHandle;
  readonly start: number;
  readonly sizeBytes: number;
}

/**
 * The newest lines of the log that match, newest last, as they stand in the files; over-long ones are cut.
 * First it looks for their places from the end backwards, then it reads them from there on,
 * so memory stays flat however large the files and the lines are. A rotation meanwhile does no harm,
 * as the files stay open. A log that does not exist yet has no lines.
 */
export async function* readLog(logFile: LogFile, query: LogQuery = {}): AsyncGenerator<string> {
  const files = new Set<FileHandle>();
  try {
    const found = await findLines(logFile, query, files);
    yield* readFound(found.reverse());
  } finally {
    await Promise.all([...files].map((file) => file.close()));
  }
}

/** Reads some way ahead, as the next line wanted often follows at once. */
async function* readFound(found: readonly FoundLine[]): AsyncGenerator<string> {
  let ahead: { file: FileHandle; start: number; bytes: Buffer } | undefined;
  for (const { file, start, sizeBytes } of found) {
    const isAhead = ahead?.file === file && start + sizeBytes <= ahead.start + ahead.bytes.length;
    if (!ahead || !isAhead) {
      const bytes = await readBytes(file, start, start + Math.max(sizeBytes, readAheadBytes));
      ahead = { file, start, bytes };
    }
    const offset = start - ahead.start;
    yield ahead.bytes.toString('utf8', offset, offset + sizeBytes);
  }
}

/** The places of the lines, newest first. `files` gets the files that must stay open for them. */
async function findLines(logFile: LogFile, query: LogQuery, files: Set<FileHandle>): Promise<FoundLine[]> {
  const limit = Math.min(query.limit ?? defaultLogLines, mostLogLines);
  const isWanted = lineFilter(query);
  const found: FoundLine[] = [];
  for await (const file of newestFilesFirst(logFile, files)) {
    for await (const lines of linesBackwards(file, (await file.stat()).size)) {
      const wanted = lines.filter(isWanted).slice(0, limit - found.length);
      found.push(...wanted.map(({ start, bytes }) => ({ file, start, sizeBytes: bytes.length })));
      if (found.length >= limit) return found;
    }
    if (found.at(-1)?.file !== file && files.delete(file)) await file.close();
  }
  return found;
}

/**
 * A rotation while this runs moves each file to a higher number, so none is missed on the way up,
 * but one may be met twice (its inode tells), and a number may be vacant for a moment.
 */
async function* newestFilesFirst(
  { path, kept }: LogFile,
  files: Set<FileHandle>,
): AsyncGenerator<FileHandle> {
  const met = new Set<string>();
  for (let number = 0; number <= kept; number += 1) {
    const file = await openIfThere(number === 0 ? path : `${path}.${number}`);
    if (!file) continue;
    files.add(file);
    const { dev, ino } = await file.stat();
    const isMetBefore = met.has(`${dev}:${ino}`);
    met.add(`${dev}:${ino}`);
    if (!isMetBefore) yield file;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
