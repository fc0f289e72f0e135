import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { type DestinationStream, pino } from 'pino';
import { formatLogLine } from './formatLogLine.ts';

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
export function openTerminal(): DestinationStream {
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
