import { AsyncResource } from 'node:async_hooks';
import type { Logger } from 'pino';
import type { LogFile } from '../../config/config.ts';
import type { LogPosition } from './logFiles.ts';
import { type LogLine, type LogReader, openLogReader } from './logReader.ts';

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
      await inTurn(listeners.size > 0 ? poll : rest).catch((error: unknown) => {
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
