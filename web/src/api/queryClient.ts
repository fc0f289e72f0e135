import { QueryClient } from '@tanstack/react-query';
import type { ApiError } from './apiError.ts';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError;
  }
}

const retryMs = 2000;
const maxPagesPolled = 3;

/** The page's cached data. A failed fetch keeps the last data, and is repeated by `polling`. */
export const queryClient = new QueryClient({
  defaultOptions: {
    // The service may be on this very machine, which needs no network.
    queries: { retry: false, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** The options of a query in pages. The first page has the cursor ''. */
export const inPages = {
  initialPageParam: '',
  getNextPageParam: (page: { readonly next_cursor: string | null }) => page.next_cursor ?? undefined,
};

/** A `refetchInterval` of a query in pages: polls unless the list has become long. */
export function pollingPages(intervalMs: number) {
  return ({ state }: { state: { data?: { pages: unknown[] } | undefined; error: ApiError | null } }) =>
    (state.data?.pages.length ?? 0) > maxPagesPolled ? false : polling(intervalMs)({ state });
}

/** A `refetchInterval`: polls while the page is visible, and soon after a failure. */
export function polling(intervalMs: number) {
  return ({ state }: { state: { error: ApiError | null } }): number => (state.error ? retryMs : intervalMs);
}
