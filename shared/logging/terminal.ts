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
 * Standard output as a place for log lines: text with colours for people at a terminal, JSON lines for machines.
 * Lines are written at once, so that the last ones before a crash are there. Nothing that befalls the output
 * (a closed pipe, a full disk) is an error for who logs.
 */
export function openTerminal(): DestinationStream {
  const output = pino.destination({ fd: standardOutput, sync: true, maxLength: maxWaitingBytes });
  // Without a listener an error, a full disk behind `> file` for example, would end the process.
  output.on('error', () => undefined);
  // isatty and not process.stdout.isTTY: to touch process.stdout makes a pipe non-blocking, and lines might get lost.
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
