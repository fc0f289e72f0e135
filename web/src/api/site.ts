import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiUrl } from './apiAddress.ts';
import { answerOf, api, type components } from './client.ts';
import { fetchFromService } from './fetchFromService.ts';
import { polling } from './queryClient.ts';

/** The configuration of this site. The page's frame polls it, and thereby detects that the service is down. */
export const siteConfigQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => answerOf(api().GET('/config', { signal })),
  staleTime: 5000,
  refetchInterval: polling(10_000),
});

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

/** The address of log lines as text, newest last. */
export function logUrl(parameters: Readonly<Record<string, string>>): string {
  return apiUrl(`/logs?${new URLSearchParams(parameters)}`);
}

/** The newest lines of one operation, as text. */
export function operationLogQuery(id: string) {
  return queryOptions({
    queryKey: ['log', id],
    queryFn: async ({ signal }) => {
      const url = logUrl({ operation: id, limit: '200' });
      return (await fetchFromService(new Request(url, { signal }))).text();
    },
    refetchInterval: polling(5000),
  });
}
