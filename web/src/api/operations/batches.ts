import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { batchMethodSchema } from '../../../../shared/http/contract/batches.ts';
import { answerOf, api, type components, type Operation } from '../client.ts';
import { inPages, polling, pollingPages, queryClient } from '../queryClient.ts';
import { rateOf, type Speed } from './batchProgress.ts';

type Batch = components['schemas']['BatchDetail'];
export type BatchSummary = components['schemas']['Batch'];
export type BatchItem = components['schemas']['DataItem'] & { readonly local_path_on_storage: string };

/** A `BatchOrder` as this page remembers it. */
export const batchOrderSchema = z.object({
  method: z.string(),
  username: z.string(),
  /** The folder of the user area that contains all items; `''` is the area itself. */
  folder: z.string(),
  /** Whether an item keeps its source folders beneath that one. */
  keepsFolders: z.boolean(),
  /** Whether the folder appears only when it contains all of them. */
  isAllOrNothing: z.boolean(),
  itemsTotal: z.number(),
  /** The first ones: the page does not store all of many. */
  firstItems: z.array(z.object({ local_path_on_storage: z.string(), relative_path: z.string() })),
});

/** A batch to request: its items, user and method. */
export type BatchOrder = z.output<typeof batchOrderSchema>;

/** How many operations are shown with a batch: the failed ones, if there are any. */
const operationsShown = 5;

/** Counting this many items is work for the service. */
const manyItems = 10_000;

/** Whether a batch has ended. */
export function hasBatchEnded({ finished_at }: Pick<Batch, 'finished_at'>): boolean {
  return finished_at !== null;
}

/** Whether some of its items are staged, though not all: that is not a failure. */
export function isPartlyStaged({
  phase,
  finished_at,
  all_or_nothing,
  counts,
}: Pick<Batch, 'phase' | 'finished_at' | 'all_or_nothing' | 'counts'>): boolean {
  const hasEnded = finished_at !== null && phase === 'ERROR';
  return hasEnded && !all_or_nothing && (counts.COMPLETED ?? 0) > 0;
}

/** The batches of a user, or all visible ones, newest first, in pages. */
export function batchListQuery(username: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['batches', username],
    queryFn: ({ signal, pageParam }) => {
      const query = { username, cursor: pageParam || undefined, limit: 50 };
      return answerOf(api().GET('/batches', { params: { query }, signal }));
    },
    ...inPages,
    refetchInterval: pollingPages(5000),
  });
}

function batchQuery(id: string) {
  return queryOptions({
    queryKey: ['batch', id],
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { limit: operationsShown } };
      const batch = await answerOf(api().GET('/batches/{id}', { params, signal }));
      return { ...batch, speed: rateOf(batch) };
    },
    staleTime: 500,
  });
}

/** One batch with its first failures, refreshed until it has ended. */
export function useBatch(id: string) {
  return useQuery({
    ...batchQuery(id),
    refetchInterval: ({ state }) => {
      if (state.data && hasBatchEnded(state.data)) return false;
      return polling((state.data?.operations_total ?? 0) > manyItems ? 3000 : 1000)({ state });
    },
  });
}

/** A batch, and its rate as far as this page has observed it. */
export type SeenBatch = Batch & { readonly speed: Speed };

/**
 * Requests many items together; returns as soon as all of them are recorded, before any is started. A repetition with
 * the same request key gets the same batch. @throws ApiError
 */
export async function stageBatch(
  order: BatchOrder,
  items: readonly BatchItem[],
  requestName: string,
): Promise<string> {
  const batch = await answerOf(
    api().POST('/batches', {
      params: {
        query: { method: batchMethodSchema.parse(order.method), username: order.username },
        header: { 'idempotency-key': requestName },
      },
      body: { items: [...items], ...membersOf(order) },
    }),
  );
  return batch.id;
}

/** What a request says of the whole batch. */
export function membersOf({ folder, isAllOrNothing }: BatchOrder) {
  return {
    ...(folder !== '' && { relative_path: folder }),
    ...(isAllOrNothing && { all_or_nothing: true }),
  };
}

/** Aborts all operations of a batch that have not ended. @throws ApiError BATCH_ENDED, … */
export async function abortBatch(id: string): Promise<void> {
  await answerOf(api().DELETE('/batches/{id}', { params: { path: { id } } }));
  await lookAgain(id);
}

/** Retries all failed or aborted operations of a batch. @throws ApiError NOT_RETRYABLE, … */
export async function retryBatch(id: string): Promise<void> {
  await answerOf(api().POST('/batches/{id}/retry', { params: { path: { id } } }));
  await lookAgain(id);
}

async function lookAgain(id: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: batchQuery(id).queryKey });
  void queryClient.invalidateQueries({ queryKey: ['operations'] });
}

/** More items than this are too many to correct. */
const maxItems = 10_000;

/** A batch and its items, or those in one phase, to be corrected or staged again. */
export function batchAgainQuery(id: string, phase: Operation['phase'] | undefined) {
  return queryOptions({
    queryKey: ['batchAgain', id, phase],
    queryFn: async ({ signal }) => {
      const batch = await answerOf(api().GET('/batches/{id}', { params: { path: { id } }, signal }));
      const items: Operation[] = [];
      let cursor: string | undefined;
      do {
        const query = { batch: id, phase, cursor, limit: 1000 };
        const page = await answerOf(api().GET('/operations', { params: { query }, signal }));
        items.push(...page.operations);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined && items.length < maxItems);
      return { batch, items: items.reverse() };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
