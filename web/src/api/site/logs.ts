import { queryOptions } from '@tanstack/react-query';
import { apiUrl } from '../apiAddress.ts';
import { fetchFromService } from '../fetchFromService.ts';
import { polling } from '../queryClient.ts';

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
