import { queryOptions, useQuery } from '@tanstack/react-query';
import { partDone } from './batchProgress.ts';
import { answerOf, api, type components } from './client.ts';
import { polling, queryClient } from './queryClient.ts';
import { type Look, type Speed, speedOf } from './speed.ts';

export type Batch = components['schemas']['BatchDetail'];
export type BatchItem = components['schemas']['DataItem'];

/** What to stage together, for whom and how. */
export interface BatchOrder {
  readonly method: string;
  readonly username: string;
  /** The folder of the user area that all items lie beneath; `''` is the top one. */
  readonly folder: string;
  /** Whether an item keeps the folders that it is in, beneath that one. */
  readonly keepsFolders: boolean;
  /** Whether the folder appears only when all of them are in it. */
  readonly isAllOrNothing: boolean;
  readonly itemsTotal: number;
  /** Those that come first: of many, a page does not keep all. */
  readonly firstItems: readonly BatchItem[];
}

/** How many operations come with a batch: those that have failed, if there are any. */
const operationsShown = 5;

/** To count what has become of so many is work for the service. */
const manyItems = 10_000;

/** The last looks at batches that are under way, by their ids. */
const looks = new Map<string, readonly Look[]>();

/** Whether nothing more will happen to a batch. */
export function hasBatchEnded({ finished_at }: Pick<Batch, 'finished_at'>): boolean {
  return finished_at !== null;
}

function batchQuery(id: string) {
  return queryOptions({
    queryKey: ['batch', id],
    queryFn: async ({ signal }) => {
      const params = { path: { id }, query: { limit: operationsShown } };
      const batch = await answerOf(api().GET('/batches/{id}', { params, signal }));
      return { ...batch, speed: noteLook(batch) };
    },
    staleTime: 500,
  });
}

/** One batch with its first failures, kept up to date until it has ended. */
export function useBatch(id: string) {
  return useQuery({
    ...batchQuery(id),
    refetchInterval: ({ state }) => {
      if (state.data && hasBatchEnded(state.data)) return false;
      return polling((state.data?.operations_total ?? 0) > manyItems ? 3000 : 1000)({ state });
    },
  });
}

/** A batch, and how fast it goes as far as this page has seen. */
export type SeenBatch = Batch & { readonly speed: Speed };

/**
 * Asks for many things at once; answers as soon as all of them are recorded, before any is begun. Who asks again under
 * the same name of the request asks for the same batch. @throws ApiError
 */
export async function stageBatch(
  { method, username, folder, isAllOrNothing }: BatchOrder,
  items: readonly BatchItem[],
  requestName: string,
): Promise<string> {
  const batch = await answerOf(
    api().POST('/batches', {
      params: { query: { method, username }, header: { 'idempotency-key': requestName } },
      body: {
        items: [...items],
        ...(folder !== '' && { relative_path: folder }),
        ...(isAllOrNothing && { all_or_nothing: true }),
      },
    }),
  );
  return batch.id;
}

/** Stops all of a batch that has not ended. @throws ApiError BATCH_ENDED, … */
export async function abortBatch(id: string): Promise<void> {
  await answerOf(api().DELETE('/batches/{id}', { params: { path: { id } } }));
  await lookAgain(id);
}

/** Tries all of a batch again that failed or was aborted. @throws ApiError NOT_RETRYABLE, … */
export async function retryBatch(id: string): Promise<void> {
  await answerOf(api().POST('/batches/{id}/retry', { params: { path: { id } } }));
  await lookAgain(id);
}

async function lookAgain(id: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: batchQuery(id).queryKey });
  void queryClient.invalidateQueries({ queryKey: ['operations'] });
}

function noteLook(batch: Batch): Speed {
  if (hasBatchEnded(batch)) {
    looks.delete(batch.id);
    return {};
  }
  const look = { atMs: performance.now(), bytes: batch.bytes_done, part: partDone(batch) };
  const { kept, speed } = speedOf(looks.get(batch.id) ?? [], look);
  looks.set(batch.id, kept);
  return speed;
}
