import { parseJson } from '../model/parseJson.ts';

const longestMessage = 4000;
const longestValue = 2000;
const longestStack = 16_000;

/** Control and format characters (ANSI escapes, line ends, text direction) and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const shortEscapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * A JSON line of the log as readable text, without a line end: `2026-11-23 19:00:00.123 INFO  [operation 0193…] message
 * key=value …`, times in UTC, stack traces indented below. No value can forge a line or control a terminal. A line that
 * is not JSON is returned unchanged, but escaped.
 */
export function formatLogLine(line: string): string {
  const entry = parseLogEntry(line);
  if (!entry) return printable(line.trimEnd(), longestMessage);
  const { level, time, msg, operation_id: operationId, err, ...fields } = entry;
  const first = [
    formatTime(time),
    printable(asText(level)).padEnd(5),
    ...(operationId === undefined ? [] : [`[operation ${printable(asText(operationId))}]`]),
    ...(msg === undefined ? [] : [printable(asText(msg), longestMessage)]),
    ...Object.entries(fields).map(([key, value]) => `${formatValue(key)}=${formatValue(value)}`),
  ].join(' ');
  return err === undefined ? first : [first, ...formatError(err)].join('\n');
}

/** The members of a line of the log; undefined if it is not a JSON object. */
export function parseLogEntry(line: string): Record<string, unknown> | undefined {
  const entry = parseJson(line);
  return isRecord(entry) ? entry : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function formatTime(time: unknown): string {
  return printable(asText(time)).replace(/^(\d{4}-\d\d-\d\d)T([\d:.]+)Z$/, '$1 $2');
}

/** Quoted unless it is one plain word, so that the end of a value is clear. */
function formatValue(value: unknown): string {
  const text = asText(value);
  const isPlainWord = typeof value !== 'string' || /^[^\s"'=\\]+$/.test(text);
  return printable(isPlainWord ? text : JSON.stringify(text), longestValue);
}

function formatError(error: unknown): string[] {
  const lines = errorText(error).slice(0, longestStack).split('\n');
  return lines.map((line) => `    ${printable(line.trimEnd())}`);
}

function errorText(error: unknown): string {
  if (!isRecord(error)) return asText(error);
  const { type, message, stack, cause, errors, ...members } = error;
  const further = Object.entries(members).map(([key, value]) => ` ${formatValue(key)}=${formatValue(value)}`);
  return [
    `${asText(stack ?? `${asText(type)}: ${asText(message)}`)}`,
    ...(further.length > 0 ? [`   ${further.join('')}`] : []),
    ...(Array.isArray(errors) ? errors.map((one) => `among them: ${errorText(one)}`) : []),
    ...(cause === undefined ? [] : [`caused by: ${errorText(cause)}`]),
  ].join('\n');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Truncated, with everything escaped except letters, signs and spaces. */
function printable(text: string, longest = longestValue): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}… (cut)` : text;
  return shown.replace(unprintable, (character) => shortEscapes.get(character) ?? escapeCharacter(character));
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
