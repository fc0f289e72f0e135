import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../client.ts';
import { polling } from '../queryClient.ts';

/** The configuration of this site. The page's frame polls it, and thereby detects that the service is down. */
export const siteConfigQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => answerOf(api().GET('/config', { signal })),
  staleTime: 5000,
  refetchInterval: polling(10_000),
});
