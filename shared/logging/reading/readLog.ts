import type { FileHandle } from 'node:fs/promises';
import type { LogFile } from '../../config/config.ts';
import { type LogLevel, logLevels } from '../logLevel.ts';
import {
  type Line,
  type LogPosition,
  linesBackwards,
  newestFilesFirst,
  type OpenLogFile,
  readBytes,
} from './logFiles.ts';

/** How many lines `readLog` returns by default. */
const defaultLogLines = 1000;

/** How many lines `readLog` returns at most. */
export const maxLogLines = 10_000;

const readAheadBytes = 65_536;

/** Which lines of the log to read. */
export interface LogQuery {
  /** The least severe level. */
  readonly level?: LogLevel | undefined;
  /** How many of the newest lines; at most `maxLogLines`. */
  readonly limit?: number;
  /** Only lines that belong to this operation. */
  readonly operationId?: string | undefined;
  /** Only lines before this position. */
  readonly until?: LogPosition;
}

interface FoundLine {
  readonly file: FileHandle;
  readonly start: number;
  readonly sizeBytes: number;
}

/**
 * The newest lines of the log that match, newest last, unchanged; over-long ones are truncated. It first finds their
 * positions from the end backwards and then reads them forwards, so memory use does not grow with the files or lines. A
 * concurrent rotation is harmless, because the files stay open. A log that does not exist yet has no lines.
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

/** Reads ahead, because the next matching line often follows immediately. */
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

/** The positions of the lines, newest first. `files` receives the files that must stay open for them. */
async function findLines(logFile: LogFile, query: LogQuery, files: Set<FileHandle>): Promise<FoundLine[]> {
  const limit = Math.min(query.limit ?? defaultLogLines, maxLogLines);
  const isWanted = lineFilter(query);
  const found: FoundLine[] = [];
  const endOf = endsBefore(query.until);
  for await (const opened of newestFilesFirst(logFile)) {
    const file = opened.handle;
    files.add(file);
    for await (const lines of linesBackwards(file, await endOf(opened))) {
      const wanted = lines.filter(isWanted).slice(0, limit - found.length);
      found.push(...wanted.map(({ start, bytes }) => ({ file, start, sizeBytes: bytes.length })));
      if (found.length >= limit) return found;
    }
    if (found.at(-1)?.file !== file && files.delete(file)) await file.close();
  }
  return found;
}

/** How much of each file to read, starting with the newest: nothing of those newer than the position. */
function endsBefore(until: LogPosition | undefined): (file: OpenLogFile) => Promise<number> {
  let isReached = until === undefined;
  return async ({ handle, name }) => {
    const isPlace = !isReached && name === until?.file;
    isReached ||= isPlace;
    if (!isReached) return 0;
    return isPlace && until ? until.offset : (await handle.stat()).size;
  };
}

const severities: ReadonlyMap<string, number> = new Map(logLevels.map((level, index) => [level, index]));
const severityOfForeignLines = logLevels.indexOf('INFO');

/** Whether a line of the log file has at least this level, and belongs to the operation, if one is given. */
export function lineFilter(
  wanted: Pick<LogQuery, 'level' | 'operationId'>,
): (line: Pick<Line, 'bytes'>) => boolean {
  const leastSeverity = logLevels.indexOf(wanted.level ?? 'DEBUG');
  const isOfOperation = wanted.operationId === undefined ? () => true : operationFilter(wanted.operationId);
  return ({ bytes }) => bytes.length > 0 && severityOf(bytes) >= leastSeverity && isOfOperation(bytes);
}

/** The level of a line. It is at the start of our lines, so a truncated line still has it; others count as INFO. */
export function levelOf(bytes: Buffer): LogLevel {
  return logLevels[severityOf(bytes)] ?? 'INFO';
}

function severityOf(bytes: Buffer): number {
  const label = /^\{"level":"([A-Z]+)"/.exec(bytes.toString('latin1', 0, 24))?.[1];
  return severities.get(label ?? '') ?? severityOfForeignLines;
}

/**
 * The bytes are searched first, because parsing every line is slow. They cannot occur in a string, where their quotes
 * would be escaped, but they can in a nested object; so the few lines that contain them are parsed. A truncated line
 * cannot be parsed, and counts as a match.
 */
function operationFilter(operationId: string): (bytes: Buffer) => boolean {
  const member = Buffer.from(`"operation_id":${JSON.stringify(operationId)}`);
  return (bytes) => {
    if (!bytes.includes(member)) return false;
    try {
      const entry: { readonly operation_id?: unknown } = JSON.parse(bytes.toString());
      return entry.operation_id === operationId;
    } catch {
      return true;
    }
  };
}
