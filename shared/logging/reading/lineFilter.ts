import { type LogLevel, logLevels } from '../logLevel.ts';
import type { Line } from './fileLines.ts';

const severities: ReadonlyMap<string, number> = new Map(logLevels.map((level, index) => [level, index]));
const severityOfForeignLines = logLevels.indexOf('INFO');

/** Whether a line of the log file has at least this level, and belongs to the operation, if one is given. */
export function lineFilter(wanted: {
  readonly level?: LogLevel | undefined;
  readonly operationId?: string | undefined;
}): (line: Pick<Line, 'bytes'>) => boolean {
  const leastSeverity = logLevels.indexOf(wanted.level ?? 'DEBUG');
  const isOfOperation = wanted.operationId === undefined ? () => true : operationFilter(wanted.operationId);
  return ({ bytes }) => bytes.length > 0 && severityOf(bytes) >= leastSeverity && isOfOperation(bytes);
}

/** The level of a line. It is at the start of our lines, so a truncated line still has it; others count as INFO. */
export function levelOf(bytes: Buffer): LogLevel {
  return logLevels[severityOf(bytes)] ?? 'INFO';
}

function severityOf(bytes: Buffer): number {
  const label = /^\{"level":"([A-Z]+)"/.exec(bytes.toString('latin1', 0, 24))?.[1];
  return severities.get(label ?? '') ?? severityOfForeignLines;
}

/**
 * The bytes are searched first, because parsing every line is slow. They cannot occur in a string, where their quotes
 * would be escaped, but they can in a nested object; so the few lines that contain them are parsed. A truncated line
 * cannot be parsed, and counts as a match.
 */
function operationFilter(operationId: string): (bytes: Buffer) => boolean {
  const member = Buffer.from(`"operation_id":${JSON.stringify(operationId)}`);
  return (bytes) => {
    if (!bytes.includes(member)) return false;
    try {
      const entry: { readonly operation_id?: unknown } = JSON.parse(bytes.toString());
      return entry.operation_id === operationId;
    } catch {
      return true;
    }
  };
}
