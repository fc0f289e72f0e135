import { queryOptions } from '@tanstack/react-query';
import { answerOf, api, type components, type Operation } from '../client.ts';

/** More items than this are too many to correct. */
const maxItems = 10_000;

/** A batch and its items, to be staged again. */
export interface BatchAgain {
  readonly batch: components['schemas']['Batch'];
  readonly items: readonly Operation[];
}

/** The items of a batch, or those in one phase, to be corrected or staged again. */
export function batchAgainQuery(id: string, phase: Operation['phase'] | undefined) {
  return queryOptions({
    queryKey: ['batchAgain', id, phase],
    queryFn: async ({ signal }): Promise<BatchAgain> => {
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
