import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, type components } from '../client.ts';
import { polling } from '../queryClient.ts';

export type Overview = components['schemas']['Overview'];

/** The health of the service, and its activity of the last hours. */
export function overviewQuery(hours: number) {
  return queryOptions({
    queryKey: ['overview', hours],
    queryFn: ({ signal }) => answerOf(api().GET('/overview', { params: { query: { hours } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: polling(10_000),
  });
}
