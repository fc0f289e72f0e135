import type { LogFile } from '../../config/config.ts';
import { linesBackwards, linesForwards, readBytes } from './fileLines.ts';
import { type LogPosition, newestFilesFirst, type OpenLogFile } from './logFiles.ts';

/** A line of the log, and the position after it. */
export interface LogLine {
  readonly bytes: Buffer;
  readonly position: LogPosition;
}

/** Reads the log forwards, from one file to the next. */
export interface LogReader {
  /** After the last line that was read; undefined while there is no file. */
  readonly position: LogPosition | undefined;
  /** The complete lines up to the current end. */
  read(): AsyncGenerator<LogLine[]>;
  close(): Promise<void>;
}

/**
 * A reader that starts at a position, or after the current last line. Undefined if the position is not, or no longer,
 * in the log.
 * in the log.
 */
export async function openLogReader(logFile: LogFile, from?: LogPosition): Promise<LogReader | undefined> {
  if (!from) return readFrom(logFile, await openAtEnd(logFile));
  const file = await openNamed(logFile, from.file);
  if (!file) return undefined;
  const before = from.offset > 0 ? await readBytes(file.handle, from.offset - 1, from.offset) : undefined;
  // Beyond the end, or within a line: it is a different file with the same id.
  if (!before || before.toString() === '\n') return readFrom(logFile, { file, offset: from.offset });
  await file.handle.close();
  return undefined;
}

interface Place {
  readonly file: OpenLogFile;
  readonly offset: number;
}

function readFrom(logFile: LogFile, start: Place | undefined): LogReader {
  let place = start;
  const readFile = async function* ({ file, offset }: Place): AsyncGenerator<LogLine[]> {
    const { size } = await file.handle.stat();
    // The file was truncated.
    const from = offset > size ? 0 : offset;
    for await (const lines of linesForwards(file.handle, from)) {
      place = { file, offset: lines.at(-1)?.end ?? place?.offset ?? from };
      yield lines.map(({ bytes, end }) => ({ bytes, position: { file: file.name, offset: end } }));
    }
  };
  return {
    get position() {
      return place && { file: place.file.name, offset: place.offset };
    },
    async *read() {
      for (;;) {
        if (place) yield* readFile(place);
        const next = await openNext(logFile, place?.file.name);
        if (!next) return;
        // Lines that were written before the file was rotated, after its end was read.
        if (place) yield* readFile(place);
        await place?.file.handle.close();
        place = { file: next, offset: 0 };
      }
    },
    async close() {
      await place?.file.handle.close();
    },
  };
}

/** After its last complete line. */
async function openAtEnd(logFile: LogFile): Promise<Place | undefined> {
  for await (const file of newestFilesFirst(logFile)) {
    const { size } = await file.handle.stat();
    for await (const [last] of linesBackwards(file.handle, size))
      if (last) return { file, offset: last.start };
    return { file, offset: 0 };
  }
  return undefined;
}

async function openNamed(logFile: LogFile, name: string): Promise<OpenLogFile | undefined> {
  for await (const file of newestFilesFirst(logFile)) {
    if (file.name === name) return file;
    await file.handle.close();
  }
  return undefined;
}

/** The file that follows the one with this id; if that is deleted, the oldest one. */
async function openNext(logFile: LogFile, name: string | undefined): Promise<OpenLogFile | undefined> {
  let next: OpenLogFile | undefined;
  for await (const file of newestFilesFirst(logFile)) {
    if (file.name === name) {
      await file.handle.close();
      return next;
    }
    await next?.handle.close();
    next = file;
  }
  return next;
}
