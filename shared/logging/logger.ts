import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from '../config/config.ts';
import { hasLiveSecret, hiddenSecret as hidden, hideLiveSecrets } from '../process/liveSecrets.ts';
import { formatLogLine } from './formatLogLine.ts';
import { contextFields } from './logContext.ts';
import { serializeError } from './logError.ts';
import { pinoLevels, toLogLevel } from './logLevel.ts';
import { openRotatingFile } from './rotatingFile.ts';

// Logging writes JSON lines to the terminal and a file, each with the context of its request and operation, and without
// secrets. The folder reading/ reads them back.

/** The logger, and how to end it. */
export interface OpenLogger {
  readonly logger: Logger;
  /** Resolves when all lines are in the log file. The terminal stays open. */
  close(): Promise<void>;
}

/**
 * Creates the one logger of the service. It writes each line to the terminal and, as JSON, to the log file if there is
 * one: `level`, `time` (ISO 8601, UTC), `request_id` and `operation_id` of the current context, `msg`, `err` with stack
 * and causes. Lines contain no secrets, and no characters that control a terminal. A log file that cannot be written is
 * reported once on the terminal, where logging continues.
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

/**
 * Characters that JSON need not escape, and that control a terminal or change the direction of text: DEL, C1 controls,
 * format characters, and the line separators of Unicode.
 */
const steering = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

/** A line of JSON with the same content that neither controls a terminal nor changes the order of its text. */
export function escapeLine(line: string): string {
  return line.replace(steering, (character) => character.split('').map(escapeUnit).join(''));
}

/** JSON escapes characters beyond 16 bits as two halves (RFC 8259 §7). */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const words =
  'token|passw(?:or)?d|passphrase|pwd|secret|authorization|cookie|(?:api|access|private)[_-]?key|credential|signature';

/** `jupyter_token`, `Authorization`, `set-cookie`, `apiKeys`, … */
const secretKey = new RegExp(`(?:${words})s?$`, 'i');

/**
 * The user of a URL, with or without a password, up to the last @, because one in a password is often not encoded. The
 * lookahead excludes ports: `http://host:8000/user/anna@ska.org` has no user. All repetition is bounded, so that a
 * hostile text cannot make it slow.
 */
const urlUser = /:\/\/[^\s/?#@:]{0,256}(?::(?!\d{1,5}(?:[/?#\s]|$))\S{0,512})?@/g;

/** `token=x`, `token%3Dx`, and in quoted JSON or JavaScript `"token": "x"`, `token: 'x'`. */
const named = new RegExp(
  `((?:${words})s?[\\\\"']{0,4}\\s{0,8}(?:=|%3D|:(?=\\s{0,8}[\\\\"']))\\s{0,8})` +
    `(?:\\\\?"[^"\\\\]*\\\\?"|'[^']*'|[^\\s&"'\\\\<>;,]+)`,
  'gi',
);

/** Header lines: `Authorization: token x`, `Cookie: a=x; b=y`. */
const headerLine = /\b((?:authorization|(?:set-)?cookie)\s?:\s?)[^\r\n"'[][^\r\n"']*/gi;

/**
 * `Bearer x`, `token x` (as JupyterHub has it): a long word with a digit in it, because `token authentication failed`
 * is not a secret.
 */
const scheme = /\b((?:bearer|basic|token)\s)(?=[^\s\d]*\d)[\w.~+/=-]{16,}/gi;

/** A JSON Web Token is recognised anywhere by its first letters. */
const webToken = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/** Cheap enough for every line; only lines that may contain a secret are examined closely. */
const suspicion = new RegExp(`${words}|bearer|basic|eyJ|://\\S{0,800}@`, 'i');

/**
 * The text without the secrets of this process, passwords of URLs, `token=` values, authorization headers and the like.
 */
export function hideSecretsInText(given: string): string {
  const text = hideLiveSecrets(given);
  if (!suspicion.test(text)) return text;
  return text
    .replace(urlUser, `://${hidden}@`)
    .replace(headerLine, `$1${hidden}`)
    .replace(named, `$1${hidden}`)
    .replace(scheme, `$1${hidden}`)
    .replace(webToken, hidden);
}

/**
 * A JSON log line without secrets: not under keys that name one, at any depth, nor within any text. pino's own `redact`
 * only covers exact paths, and misses secrets in messages and nested errors.
 */
export function hideSecrets(line: string): string {
  if (!suspicion.test(line) && !hasLiveSecret(line)) return line;
  try {
    return `${JSON.stringify(JSON.parse(line, hideValue))}\n`;
  } catch {
    return hideSecretsInText(line);
  }
}

function hideValue(key: string, value: unknown): unknown {
  const isHarmless = value === null || typeof value === 'boolean';
  if (secretKey.test(key) && !isHarmless) return hidden;
  return typeof value === 'string' ? hideSecretsInText(value) : value;
}

const standardOutput = 1;
const maxWaitingBytes = 1_000_000;

const colours: ReadonlyMap<string, 'gray' | 'green' | 'yellow' | 'red'> = new Map([
  ['DEBUG', 'gray'],
  ['INFO', 'green'],
  ['WARNING', 'yellow'],
  ['ERROR', 'red'],
]);

/**
 * Standard output as a log destination: coloured text on a terminal, JSON lines otherwise. Lines are written
 * synchronously, so that the last ones before a crash are not lost. A failure of the output (a closed pipe, a full
 * disk) is never an error for the caller.
 */
function openTerminal(): DestinationStream {
  const output = pino.destination({ fd: standardOutput, sync: true, maxLength: maxWaitingBytes });
  // Without a listener, an error such as a full disk behind `> file` would end the process.
  output.on('error', () => undefined);
  // isatty instead of process.stdout.isTTY: accessing process.stdout makes a pipe non-blocking, and lines might be
  // lost.
  if (!isatty(standardOutput)) return output;
  const hasColours = process.stdout.hasColors();
  return { write: (line) => output.write(formatForTerminal(line, hasColours)) };
}

function formatForTerminal(line: string, hasColours: boolean): string {
  const text = `${formatLogLine(line)}\n`;
  return hasColours ? text.replace(/(?<=^\S+ \S+ )[A-Z]+/, colourLevel) : text;
}

function colourLevel(level: string): string {
  return styleText(colours.get(level) ?? 'reset', level, { validateStream: false });
}
