import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { logLevels } from '../../shared/logging/logLevel.ts';
import { LoadState } from './Failure.tsx';
import { type LogEntry, parseLog } from './parseLog.ts';
import { readLogs } from './service.ts';
import { usePolled } from './usePolled.ts';
import { hrefs } from './useRoute.ts';

/** The newest lines of the service's log, newest last, kept up to date. */
export function LogsPanel({ operationId }: { operationId: string | undefined }) {
  const [level, setLevel] = useState('');
  const [limit, setLimit] = useState('200');
  const load = useCallback(
    async (signal: AbortSignal) => parseLog(await readLogs({ level, limit, operation: operationId }, signal)),
    [level, limit, operationId],
  );
  const { value: entries, error } = usePolled(load, 3000);
  return (
    <section className="card" aria-labelledby="logs-title">
      <h2 id="logs-title">Logs</h2>
      {operationId && (
        <p>
          Of operation <a href={hrefs.operation(operationId)}>{operationId}</a>.{' '}
          <a href={hrefs.logs}>Show all lines</a>
        </p>
      )}
      <div className="row filters">
        <label>
          Level
          <select value={level} onChange={(event) => setLevel(event.target.value)}>
            <option value="">All</option>
            {logLevels.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Lines
          <select value={limit} onChange={(event) => setLimit(event.target.value)}>
            {['50', '200', '1000', '5000'].map((count) => (
              <option key={count}>{count}</option>
            ))}
          </select>
        </label>
      </div>
      <p className="hint">The newest lines are at the end. Times are UTC.</p>
      <LoadState isLoaded={entries !== undefined} error={error} />
      {entries?.length === 0 && <p className="muted">The log has no such lines.</p>}
      {entries && entries.length > 0 && <Lines entries={entries} />}
    </section>
  );
}

/** Stays at the end while new lines come in, unless the reader has scrolled up. */
function Lines({ entries }: { entries: readonly LogEntry[] }) {
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is new lines that make scrolling necessary.
  useLayoutEffect(() => {
    if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [entries]);
  return (
    <section
      ref={box}
      className="log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
      tabIndex={0}
      aria-label="Lines of the log"
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight > scrollHeight - 40;
      }}
    >
      <pre>
        {entries.map(({ key, text, level }) => (
          <span key={key} className={level}>
            {text}
          </span>
        ))}
      </pre>
    </section>
  );
}
