import { type InfiniteData, infiniteQueryOptions } from '@tanstack/react-query';
import type { DataState } from '../../../../shared/model/operation.ts';
import type { PageOrder } from '../../../../shared/model/operations/lists.ts';
import { apiUrl } from '../apiAddress.ts';
import { answerOf, api, type components, type Operation } from '../client.ts';
import { inPages, pollingPages, queryClient } from '../queryClient.ts';

type OperationList = InfiniteData<components['schemas']['OperationPage'], unknown>;

/** Filters and order of a list of operations; undefined means any. */
export interface OperationFilters {
  readonly phase?: Operation['phase'] | undefined;
  readonly method?: string | undefined;
  readonly username?: string | undefined;
  /** Only items of this batch. */
  readonly batch?: string | undefined;
  /** Only those that have staged data into a user area, which is in this state. */
  readonly data?: DataState | undefined;
  readonly text?: string | undefined;
  /** ISO 8601. */
  readonly since?: string | undefined;
  readonly order?: PageOrder | undefined;
}

/** The operations that match the filters, in pages. */
export function operationListQuery(filters: OperationFilters) {
  return infiniteQueryOptions({
    queryKey: ['operations', filters],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...filters, cursor: pageParam || undefined, limit: 100 };
      return answerOf(api().GET('/operations', { params: { query }, signal }));
    },
    ...inPages,
    // A long list is updated by events only.
    refetchInterval: pollingPages(10_000),
  });
}

/**
 * The operations of a list, each once: one whose size becomes known between two requests may be on two pages of a list
 * sorted by size.
 */
export function operationsOf({ pages }: OperationList): readonly Operation[] {
  const listed = new Map<string, Operation>();
  for (const { operations } of pages) {
    for (const operation of operations) if (!listed.has(operation.id)) listed.set(operation.id, operation);
  }
  return [...listed.values()];
}

/** Puts the new state of an operation into the list: in its place, or as the newest. */
export function noteInList(filters: OperationFilters, operation: Operation): void {
  const { queryKey } = operationListQuery(filters);
  queryClient.setQueryData(queryKey, (list: OperationList | undefined) => {
    if (!list) return list;
    const isListed = list.pages.some(({ operations }) => operations.some(({ id }) => id === operation.id));
    if (!isListed) return isWanted(filters, operation) ? withNewest(list, operation) : list;
    return {
      ...list,
      pages: list.pages.map((page) => ({
        ...page,
        operations: page.operations.map((known) => (known.id === operation.id ? operation : known)),
      })),
    };
  });
}

/** The address of the matching operations as CSV. */
export function csvUrl(filters: OperationFilters): string {
  const given = Object.entries(filters).flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
  return apiUrl(`/operations?${new URLSearchParams([...given, ['format', 'csv']])}`);
}

function isWanted(
  { phase, method, username, batch, data, text, since, order }: OperationFilters,
  operation: Operation,
): boolean {
  // In a list with another order, the position of a new operation is unknown: the next refresh includes it.
  if (order !== undefined && order !== 'newest') return false;
  const texts = [operation.username, operation.local_path_on_storage, operation.relative_path];
  return (
    (since === undefined || operation.created_at >= since) &&
    (phase === undefined || operation.phase === phase) &&
    (method === undefined || operation.method === method) &&
    (username === undefined || operation.username === username) &&
    (batch === undefined || operation.batch_id === batch) &&
    (data === undefined || operation.data === data) &&
    (text === undefined || texts.some((one) => one?.toLowerCase().includes(text.toLowerCase())))
  );
}

/** Ids are UUIDs of version 7, so what is newer than the first one is the newest. */
function withNewest(list: OperationList, operation: Operation): OperationList {
  const [first, ...others] = list.pages;
  const newest = first?.operations[0];
  if (!first || (newest && newest.id > operation.id)) return list;
  return { ...list, pages: [{ ...first, operations: [operation, ...first.operations] }, ...others] };
}
