import { AsyncResource } from 'node:async_hooks';
import type { Logger } from 'pino';
import type { LogFile } from '../../config/config.ts';
import {
  type LogPosition,
  linesBackwards,
  linesForwards,
  newestFilesFirst,
  type OpenLogFile,
  readBytes,
} from './logFiles.ts';

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

/** How often the file is polled, in ms. */
const pollMs = 300;

type Listener = (lines: readonly LogLine[]) => void;

/** Notifies listeners of log lines as they are written. */
export interface LogTail {
  /**
   * Adds a listener for all lines after a position, if the tail is at it. Otherwise returns the tail's position: the
   * listener reads up to it itself and tries again. Without a log, every position matches.
   */
  follow(listener: Listener, from: LogPosition | undefined): Promise<'following' | LogPosition>;
  leave(listener: Listener): void;
  /** After the last line that listeners were notified of. */
  position(): LogPosition | undefined;
  close(): Promise<void>;
}

/** One reader for all listeners; without listeners the log is not read. */
export function createLogTail(logFile: LogFile, logger: Logger): LogTail {
  const listeners = new Set<Listener>();
  let reader: LogReader | undefined;
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  // One after the other, so that listeners join between two lines.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  const poll = async () => {
    reader ??= await openLogReader(logFile);
    for await (const lines of reader?.read() ?? []) for (const emit of listeners) emit(lines);
    isFailing = false;
  };
  const rest = async () => {
    await reader?.close();
    reader = undefined;
  };
  // Not in the context of the request that happens to start it, because its log lines would have that request's id.
  const pollSoon = AsyncResource.bind(() => {
    timer ??= setTimeout(async () => {
      // Decided in turn: a listener may join while this waits, and its next line would be missed.
      await inTurn(() => (listeners.size > 0 ? poll() : rest())).catch((error: unknown) => {
        // Each log line about it would be another one to read.
        if (!isFailing)
          logger.warn({ err: error }, 'cannot read the log file; retrying until it can be read');
        isFailing = true;
      });
      timer = undefined;
      if (listeners.size > 0) pollSoon();
    }, pollMs).unref();
  });
  return {
    follow: (listener, from) =>
      inTurn(async () => {
        await poll();
        pollSoon();
        const { position } = reader ?? {};
        if (position && (from?.file !== position.file || from.offset !== position.offset)) return position;
        listeners.add(listener);
        return 'following';
      }),
    leave: (listener) => void listeners.delete(listener),
    position: () => reader?.position,
    async close() {
      listeners.clear();
      clearTimeout(timer);
      await inTurn(rest);
    },
  };
}
