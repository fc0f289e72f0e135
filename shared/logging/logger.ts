// Logging writes JSON lines to the terminal and a file, each with the context of its request and operation, and none
// with a secret. Reading them back is in reading/.

import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from '../config/config.ts';
import { escapeLine } from './escapeLine.ts';
import { hideSecrets } from './hideSecrets.ts';
import { contextFields } from './logContext.ts';
import { pinoLevels, toLogLevel } from './logLevel.ts';
import { openRotatingFile } from './rotatingFile.ts';
import { serializeError } from './serializeError.ts';
import { openTerminal } from './terminal.ts';

/** The logger, and how to end it. */
export interface OpenLogger {
  readonly logger: Logger;
  /** Resolves when all lines are in the log file. The terminal stays open. */
  close(): Promise<void>;
}

/**
 * Creates the one logger of the service. It writes each line to the terminal and, as JSON, to the log file if there is
 * one: `level`, `time` (ISO 8601, UTC), `request_id` and `operation_id` of the current context, `msg`, `err` with stack
 * and causes. Lines contain no secrets, and no character that steers a terminal. A log file that cannot be written is reported once on the terminal, where
 * logging continues.
 */
export function createLogger(
  config: Pick<Config, 'loggingLevel' | 'logFile'>,
  terminal: DestinationStream = openTerminal(),
): OpenLogger {
  const options: LoggerOptions = {
    level: pinoLevels[config.loggingLevel],
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: toLogLevel(label) }) },
    mixin: contextFields,
    serializers: { err: serializeError },
    hooks: { streamWrite: (line) => escapeLine(hideSecrets(line)) },
  };
  const terminalLogger = pino(options, terminal);
  const { logFile } = config;
  if (!logFile) return { logger: terminalLogger, close: async () => undefined };
  const file = openRotatingFile(logFile, (err) =>
    terminalLogger.error(
      { err, log_file: logFile.path },
      'The log file cannot be written; only the terminal has the log until it can.',
    ),
  );
  const writeBoth = (line: string) => {
    terminal.write(line);
    file.write(line);
  };
  return { logger: pino(options, { write: writeBoth }), close: file.close };
}
