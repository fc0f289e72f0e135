import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client.ts';
import { polling } from './queryClient.ts';

/** What this site offers. Looked at every so often by the page's frame, which so learns that the service is gone. */
export const siteConfigQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => answerOf(api().GET('/config', { signal })),
  staleTime: 5000,
  refetchInterval: polling(10_000),
});
