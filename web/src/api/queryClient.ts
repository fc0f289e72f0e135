import { QueryClient } from '@tanstack/react-query';
import type { ApiError } from './apiError.ts';
import { onServiceBack } from './connection.ts';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError;
  }
}

const retryMs = 2000;

/** What the page knows of the service. A look that fails keeps what was seen last, and is tried again by `polling`. */
export const queryClient = new QueryClient({
  defaultOptions: {
    // The service may be on this very machine, which is reached without a network, too.
    queries: { retry: false, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});

onServiceBack(() => void queryClient.invalidateQueries());

/** A `refetchInterval`: looks again every so often while the page is visible, and soon after a look that failed. */
export function polling(intervalMs: number) {
  return ({ state }: { state: { error: ApiError | null } }): number => (state.error ? retryMs : intervalMs);
}
