import { Highlight } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type UIEvent, useEffect, useRef } from 'react';
import { Icon } from '../../components/controls/Icon.tsx';
import { hrefs } from '../../routing/useRoute.ts';
import { logsStrings } from '../../strings/logs.ts';
import styles from './Logs.module.css';
import type { LogRow } from './useLogLines.ts';

const rowHeightPx = 22;

interface LogListProps {
  readonly rows: readonly LogRow[];
  /** In lower case; '' for no search. */
  readonly search: string;
  /** Whether the list follows the newest line. */
  readonly isFollowing: boolean;
  onFollow(isFollowing: boolean): void;
}

/** Lines of the log; only the visible ones are rendered, for any number of lines. */
export function LogList({ rows, search, isFollowing, onFollow }: LogListProps) {
  const place = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => rows[index]?.number ?? index,
    overscan: 20,
  });
  const newest = rows.at(-1)?.number;
  useEffect(() => {
    if (isFollowing && newest !== undefined) place.current?.scrollTo({ top: place.current.scrollHeight });
  }, [isFollowing, newest]);

  /** Scrolling up stops following, and scrolling to the end resumes it. */
  function noteScroll({ currentTarget }: UIEvent<HTMLElement>): void {
    const { scrollTop, scrollHeight, clientHeight } = currentTarget;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 2 * rowHeightPx;
    if (isAtEnd !== isFollowing) onFollow(isAtEnd);
  }

  return (
    <section
      ref={place}
      className={styles.list}
      aria-label={logsStrings.lines}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1).
      tabIndex={0}
      onWheel={noteScroll}
      onKeyUp={noteScroll}
      onTouchMove={noteScroll}
    >
      <div className={styles.all} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <Line
                key={row.number}
                row={row}
                search={search}
                topPx={start}
                index={index}
                measure={virtualizer.measureElement}
              />
            )
          );
        })}
      </div>
    </section>
  );
}

interface LineProps {
  readonly row: LogRow;
  readonly search: string;
  readonly topPx: number;
  readonly index: number;
  /** Long lines are wrapped on a phone, so each has a height of its own. */
  measure(element: HTMLElement | null): void;
}

function Line({ row, search, topPx, index, measure }: LineProps) {
  return (
    <div
      ref={measure}
      data-index={index}
      className={styles.line}
      data-level={row.level.toLowerCase()}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      {row.operationId ? (
        <a
          className={styles.jump}
          href={hrefs.operation(row.operationId)}
          aria-label={logsStrings.operation}
          title={logsStrings.operation}
        >
          <Icon name="next" />
        </a>
      ) : (
        <span className={styles.jump} />
      )}
      <Highlight span inherit accentInsensitive={false} highlight={search}>
        {row.text}
      </Highlight>
    </div>
  );
}
