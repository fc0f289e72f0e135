import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import { computingDigestsSchema } from '../../../../shared/http/contract/answers/operations.ts';
import { apiUrl } from '../apiAddress.ts';
import { answerOf, api, type components, type Operation } from '../client.ts';
import { fetchFromService } from '../fetchFromService.ts';
import { remember } from '../operations/operations.ts';
import { queryClient } from '../queryClient.ts';
import { saveFrom } from './download.ts';

export type StagedState = components['schemas']['StagedState'];

/** How long the service computes digests before it answers with their progress, in ms. */
const digestsTimeoutMs = 60_000;

/** The state of staged data: a check of the storage, which measures a tree. Only fetched on request. */
export function stagedStateQuery(id: string) {
  return queryOptions({
    queryKey: ['stagedState', id],
    queryFn: ({ signal }) =>
      answerOf(api().GET('/operations/{id}/data', { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Removes the data that an operation has staged, if it is unchanged. @throws ApiError DATA_CHANGED, DATA_GONE, … */
export async function removeStagedData(id: string): Promise<Operation> {
  try {
    const removed = await answerOf(api().DELETE('/operations/{id}/data', { params: { path: { id } } }));
    void queryClient.invalidateQueries({ queryKey: ['operations'] });
    return remember(removed);
  } finally {
    // After a removal or a refusal, cached states are outdated.
    queryClient.removeQueries({ queryKey: stagedStateQuery(id).queryKey });
  }
}

/** The progress of a tree's digests. */
export type DigestsProgress = z.output<typeof computingDigestsSchema>;

/** Makes the browser save the list for `sha256sum -c`, once the service has computed it. @throws ApiError */
export async function saveDigests(
  id: string,
  onProgress: (progress: DigestsProgress) => void,
): Promise<void> {
  for (;;) {
    const params = { path: { id }, query: { format: 'sha256sums' } } as const;
    const { data, response } = await api().GET('/operations/{id}/digests', {
      params,
      parseAs: 'stream',
      fetch: (request) => fetchFromService(request, digestsTimeoutMs),
    });
    if (response.status === 200) {
      await data?.cancel();
      break;
    }
    onProgress(computingDigestsSchema.parse(await new Response(data).json()));
  }
  saveFrom(apiUrl(`/operations/${id}/digests?format=sha256sums`));
}
