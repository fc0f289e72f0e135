/** A line of the log with the trace that belongs to it. */
export interface LogEntry {
  /** Stays the same when older lines drop out, so that only new lines are drawn. */
  readonly key: string;
  readonly text: string;
  /** `info`, `warn`, …; undefined where the line names none. */
  readonly level: string | undefined;
}

/** Splits the log's text into entries: a line that is indented belongs to the one above it. */
export function parseLog(text: string): LogEntry[] {
  const timesSeen = new Map<string, number>();
  const lines = text.trimEnd().split(/\n(?! )/);
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const count = (timesSeen.get(line) ?? 0) + 1;
      timesSeen.set(line, count);
      const [, level] = /^\S+ \S+ (\w+)/.exec(line) ?? [];
      return { key: `${count} ${line}`, text: line, level: level?.toLowerCase() };
    });
}
