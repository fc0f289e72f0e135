import type { PageOrder } from '../../../../shared/model/operation.ts';
import { Icon } from '../../components/Icon.tsx';
import { hrefs, navigate } from '../../routing/useRoute.ts';
import { operationsStrings } from '../../strings/operations.ts';
import styles from './Operations.module.css';

type Column = keyof typeof operationsStrings.columns;

/** The orders of the sortable columns, the first one being the default. */
const ordersOf: { readonly [name in Column]?: { readonly falling: PageOrder; readonly rising: PageOrder } } =
  {
    size: { falling: 'largest', rising: 'smallest' },
    duration: { falling: 'longest', rising: 'shortest' },
    time: { falling: 'newest', rising: 'oldest' },
  };

interface ColumnHeaderProps {
  readonly column: Column;
  readonly order: PageOrder | undefined;
  readonly parameters: URLSearchParams;
}

/** The title of a column; if the list can be sorted by it, a button that does so, and then reverses the order. */
export function ColumnHeader({ column, order = 'newest', parameters }: ColumnHeaderProps) {
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
