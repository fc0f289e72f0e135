import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { LogFile } from '../config/config.ts';

const maxWaitingBytes = 8_000_000;
const retryAfterMs = 60_000;

/** Lines are written together, up to this time in ms and this many characters: under load, a call for each is slow. */
const together = { ms: 10, characters: 64 * 1024 };

/** The log file, open for writing. */
export interface RotatingFile {
  write(line: string): void;
  /** Resolves when all lines are in the file, or cannot be written. */
  close(): Promise<void>;
}

/**
 * Opens the log file, which is rotated at `maxBytes`; the older ones are `<path>.1` (the newest of them) to `.<kept>`.
 * If the file cannot be written, only its lines are lost: `onFailure` is called once, not for every line, and the file
 * is retried every minute.
 */
export function openRotatingFile(file: LogFile, onFailure: (cause: Error) => void): RotatingFile {
  let stream: RotatingFileStream | undefined;
  let isFailing = false;
  let isClosed = false;
  let retryAt = 0;
  let lines = '';
  // Not much beyond the size at which the file is rotated.
  const maxCharacters = Math.min(together.characters, file.maxBytes / 100);

  function open(): RotatingFileStream {
    const opened = createStream(file.path, { size: `${file.maxBytes}B`, rotate: file.kept, mode: 0o640 });
    // After an error the stream is unusable.
    return opened.on('error', (cause) => {
      stream = undefined;
      retryAt = Date.now() + retryAfterMs;
      fail(cause);
    });
  }

  function fail(cause: Error): void {
    if (!isFailing) onFailure(cause);
    isFailing = true;
  }

  function write(line: string): void {
    if (isClosed || (!stream && Date.now() < retryAt)) return;
    if (lines === '') setTimeout(flush, together.ms);
    lines += line;
    if (lines.length >= maxCharacters) flush();
  }

  function flush(): void {
    const text = lines;
    lines = '';
    if (text === '') return;
    stream ??= open();
    // A hanging disk must not exhaust the memory.
    if (stream.writableLength > maxWaitingBytes) fail(new Error('The disk is too slow for the log'));
    else stream.write(text, (error) => (isFailing &&= Boolean(error)));
  }

  async function close(): Promise<void> {
    flush();
    isClosed = true;
    const last = stream;
    if (!last || last.closed) return;
    await new Promise<void>((done) => last.once('close', done).end());
  }

  return { write, close };
}
