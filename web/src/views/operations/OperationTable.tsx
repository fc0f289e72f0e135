import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { PageOrder } from '../../../../shared/model/operations/lists.ts';
import type { Operation } from '../../api/client.ts';
import type { OperationFilters } from '../../api/operations/operationList.ts';
import { Icon } from '../../components/controls/Icon.tsx';
import { BreakablePath } from '../../components/layout/BreakablePath.tsx';
import { PhaseBadge } from '../../components/operation/PhaseBadge.tsx';
import { formatDuration, formatSize, formatTime, secondsBetween } from '../../format/format.ts';
import { hrefs, navigate, useRoute } from '../../routing/useRoute.ts';
import { commonStrings } from '../../strings/common.ts';
import { operationsStrings } from '../../strings/operations.ts';
import styles from './Operations.module.css';

const rowHeightPx = 52;

const columns = ['phase', 'source', 'method', 'user', 'size', 'duration', 'time'] as const;

interface OperationTableProps {
  readonly operations: readonly Operation[];
  readonly order: OperationFilters['order'];
  readonly hasMore: boolean;
  onMore(): void;
}

/** A table that renders only its visible rows, for any length; it requests more before its end is reached. */
export function OperationTable({ operations, order, hasMore, onMore }: OperationTableProps) {
  const { detail, parameters } = useRoute();
  const place = useRef<HTMLTableElement>(null);
  const virtualizer = useWindowVirtualizer({
    count: operations.length,
    estimateSize: () => rowHeightPx,
    overscan: 10,
    scrollMargin: place.current?.offsetTop ?? 0,
    getItemKey: (index) => operations[index]?.id ?? index,
  });
  const rows = virtualizer.getVirtualItems();
  const isNearEnd = (rows.at(-1)?.index ?? 0) >= operations.length - 20;
  useEffect(() => {
    if (hasMore && isNearEnd) onMore();
  }, [hasMore, isNearEnd, onMore]);
  // On a phone each row is a card with a height of its own.
  const { scrollMargin } = virtualizer.options;
  const above = (rows[0]?.start ?? scrollMargin) - scrollMargin;
  const below = virtualizer.getTotalSize() - ((rows.at(-1)?.end ?? scrollMargin) - scrollMargin);
  return (
    <table ref={place} className={styles.table} aria-label={operationsStrings.table}>
      <thead>
        <tr>
          {columns.map((column) => (
            <ColumnHeader key={column} column={column} order={order} />
          ))}
        </tr>
      </thead>
      <tbody>
        <Gap heightPx={above} />
        {rows.map(({ key, index }) => {
          const operation = operations[index];
          return (
            operation && (
              <Row
                key={key}
                index={index}
                measure={virtualizer.measureElement}
                operation={operation}
                href={hrefs.operation(operation.id, Object.fromEntries(parameters))}
                isShown={operation.id === detail}
              />
            )
          );
        })}
        <Gap heightPx={below} />
      </tbody>
    </table>
  );
}

/** The height of the rows that are not rendered. */
function Gap({ heightPx }: { heightPx: number }) {
  if (heightPx <= 0) return null;
  return (
    <tr>
      <td style={{ height: heightPx }} />
    </tr>
  );
}

interface RowProps {
  readonly index: number;
  measure(element: HTMLElement | null): void;
  readonly operation: Operation;
  readonly href: string;
  readonly isShown: boolean;
}

function Row({ index, measure, operation, href, isShown }: RowProps) {
  const { id, local_path_on_storage, method, username, created_at } = operation;
  const percent = percentOf(operation);
  return (
    <tr ref={measure} data-index={index} className={styles.row} data-shown={isShown || undefined}>
      <td data-column="phase">
        <PhaseBadge operation={operation} />
        {percent !== undefined && <span className={styles.percent}>{percent} %</span>}
      </td>
      <td data-column="source">
        <a className={styles.link} href={href}>
          {local_path_on_storage === null ? (
            commonStrings.operationLink(id)
          ) : (
            <BreakablePath path={local_path_on_storage} />
          )}
        </a>
      </td>
      <td data-column="method">{method}</td>
      <td data-column="user">{username}</td>
      <td data-column="size">{sizeOf(operation)}</td>
      <td data-column="duration">{durationOf(operation)}</td>
      <td data-column="time">{formatTime(created_at)}</td>
    </tr>
  );
}

/** The value that it is sorted by; while that is unknown, the nearest one. */
function sizeOf({ bytes_total, bytes_done }: Operation): string | undefined {
  if (bytes_total !== null) return formatSize(bytes_total);
  return bytes_done > 0 ? formatSize(bytes_done) : undefined;
}

function durationOf({ started_at, finished_at }: Operation): string | undefined {
  if (started_at === null || finished_at === null) return undefined;
  return formatDuration(secondsBetween(started_at, finished_at));
}

function percentOf({ phase, bytes_done, bytes_total }: Operation): number | undefined {
  return phase === 'EXECUTING' && bytes_total ? Math.floor((100 * bytes_done) / bytes_total) : undefined;
}

type Column = keyof typeof operationsStrings.columns;

/** The orders of the sortable columns, the first one being the default. */
const ordersOf: { readonly [name in Column]?: { readonly falling: PageOrder; readonly rising: PageOrder } } =
  {
    size: { falling: 'largest', rising: 'smallest' },
    duration: { falling: 'longest', rising: 'shortest' },
    time: { falling: 'newest', rising: 'oldest' },
  };

/** The title of a column; if the list can be sorted by it, a button that does so, and then reverses the order. */
function ColumnHeader({ column, order = 'newest' }: { column: Column } & Pick<OperationTableProps, 'order'>) {
  const { parameters } = useRoute();
  const title = operationsStrings.columns[column];
  const orders = ordersOf[column];
  if (!orders) return <th data-column={column}>{title}</th>;
  const direction = order === orders.falling ? 'falling' : order === orders.rising ? 'rising' : undefined;
  const next = direction === 'falling' ? orders.rising : orders.falling;
  return (
    <th data-column={column} aria-sort={direction && ariaSort[direction]}>
      <button
        type="button"
        className={styles.sort}
        title={operationsStrings.orders[next]}
        onClick={() => navigate(hrefs.operations({ ...Object.fromEntries(parameters), order: next }))}
      >
        {title}
        {direction && <Icon name={direction} />}
      </button>
    </th>
  );
}

const ariaSort = { falling: 'descending', rising: 'ascending' } as const;
