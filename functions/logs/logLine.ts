import type * as z from 'zod';
import type { logLineSchema } from '../../shared/http/contract/site.ts';
import { formatLogLine } from '../../shared/logging/formatLogLine.ts';
import { levelOf } from '../../shared/logging/reading/lineFilter.ts';

/** A line of the log file as the API shows it. One that is not ours, or was cut, is its own message. */
export function logLineJson(bytes: Buffer): z.output<typeof logLineSchema> {
  const line = bytes.toString();
  const text = formatLogLine(line);
  const entry = parseEntry(line);
  return {
    time: textOrNull(entry?.['time']),
    level: levelOf(bytes),
    message: entry ? (textOrNull(entry['msg']) ?? '') : text,
    operation_id: textOrNull(entry?.['operation_id']),
    request_id: textOrNull(entry?.['request_id']),
    text,
  };
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);
