import { useRef, useState } from 'react';
import type * as z from 'zod';
import { logLineSchema } from '../../../../shared/http/contract/answers/site.ts';
import { type StreamState, useEventStream } from '../../api/eventStream.ts';

/** A row of the log as it is shown: a line, or one line of its stack trace. */
export interface LogRow {
  readonly number: number;
  readonly level: string;
  readonly text: string;
  readonly operationId: string | null;
}

const maxRows = 100_000;
const firstLines = 1000;

/**
 * The rows of the log, oldest first, and new ones as they are written; those that arrive within one frame are rendered
 * together. Other parameters need another instance of the component.
 */
export function useLogLines(parameters: Readonly<Record<string, string>>): {
  rows: readonly LogRow[];
  state: StreamState;
} {
  const [rows, setRows] = useState<readonly LogRow[]>([]);
  const waiting = useRef<LogRow[]>([]);
  const seen = useRef(new Set<string>());
  const count = useRef(0);
  const frame = useRef(0);
  const path = `/logs/stream?${new URLSearchParams({ limit: String(firstLines), ...parameters })}`;

  const state = useEventStream(path, 'line', (data) => {
    const line = logLineSchema.safeParse(data).data;
    if (!line || isRepeated(seen.current, line)) return;
    for (const text of line.text.trimEnd().split('\n')) {
      count.current += 1;
      waiting.current.push({
        number: count.current,
        level: line.level,
        text,
        operationId: line.operation_id,
      });
    }
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      const added = waiting.current.splice(0);
      setRows((before) => [...before, ...added].slice(-maxRows));
    });
  });
  return { rows, state };
}

/** A restarted stream sends earlier lines again. */
function isRepeated(seen: Set<string>, { text }: z.output<typeof logLineSchema>): boolean {
  if (seen.has(text)) return true;
  seen.add(text);
  const oldest = seen.values().next().value;
  if (seen.size > firstLines * 2 && oldest !== undefined) seen.delete(oldest);
  return false;
}
