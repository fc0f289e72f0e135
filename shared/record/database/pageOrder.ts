import type { Operation, PageOrder } from '../../model/operation.ts';

/** By the time of the request, as the ids sort. */
export type TimeOrder = Extract<PageOrder, 'newest' | 'oldest'>;

/** The values other than time that lists are sorted by. */
export type SortKey = 'size' | 'duration';

/** A sort by a value that an operation may lack; operations without it come last in both directions. */
export interface Sorting {
  readonly key: SortKey;
  readonly column: 'bytes_total' | 'duration_ms';
  readonly isDescending: boolean;
}

const size = { key: 'size', column: 'bytes_total' } as const;
const duration = { key: 'duration', column: 'duration_ms' } as const;

/** The sorts of the orders that are not by time. */
export const sortings: Readonly<Record<Exclude<PageOrder, TimeOrder>, Sorting>> = {
  largest: { ...size, isDescending: true },
  smallest: { ...size, isDescending: false },
  longest: { ...duration, isDescending: true },
  shortest: { ...duration, isDescending: false },
};

/** Whether an order is by time. */
export function isTimeOrder(order: PageOrder): order is TimeOrder {
  return order === 'newest' || order === 'oldest';
}

/** The value that an operation is sorted by: bytes, or milliseconds from its start to its end. */
export function sortedValue({ bytesTotal, startedAt, finishedAt }: Operation, key: SortKey): number | null {
  if (key === 'size') return bytesTotal;
  return startedAt && finishedAt && finishedAt.getTime() - startedAt.getTime();
}
