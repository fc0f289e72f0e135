import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { apiUrl } from '../apiAddress.ts';
import { answerOf, api, type components } from '../client.ts';
import { fetchFromService } from '../fetchFromService.ts';
import { inPages, polling, queryClient } from '../queryClient.ts';

/** A folder of the source storage, or of an object store, in pages. */
export function folderQuery(path: string) {
  return infiniteQueryOptions({
    queryKey: ['browse', path],
    queryFn: ({ signal, pageParam }) => {
      const query = { path, limit: 500, cursor: pageParam || undefined };
      return answerOf(api().GET('/browse', { params: { query }, signal }));
    },
    ...inPages,
    staleTime: 2000,
    refetchInterval: polling(15_000),
  });
}

/** The size of a folder of the mounted storage. */
export function folderSizeQuery(path: string) {
  return queryOptions({
    queryKey: ['folderSize', path],
    queryFn: ({ signal }) => answerOf(api().GET('/browse/size', { params: { query: { path } }, signal })),
    staleTime: 30_000,
  });
}

/** Entries beneath a folder of the mounted storage with a text in their names, in pages. */
export function searchQuery(path: string, text: string) {
  return infiniteQueryOptions({
    queryKey: ['search', path, text],
    queryFn: ({ signal, pageParam }) =>
      answerOf(
        api().GET('/search', { params: { query: { path, text, cursor: pageParam || undefined } }, signal }),
      ),
    ...inPages,
    staleTime: 30_000,
  });
}

export type CheckedPath = components['schemas']['CheckedPath'];

/** The maximum number of paths that are checked at a time. */
export const maxChecked = 1000;

/** The result for each of these paths. */
export function checkPathsQuery(paths: readonly string[]) {
  return queryOptions({
    queryKey: ['checkPaths', paths],
    queryFn: ({ signal }) =>
      answerOf(api().POST('/browse/check', { body: { paths: [...paths] }, signal })).then(
        (answer) => answer.paths,
      ),
    enabled: paths.length > 0,
    staleTime: 10_000,
  });
}

/** Creates a file with these bytes on the source storage. @throws ApiError */
export async function createFile(path: string, content: Blob): Promise<void> {
  const request = new Request(`${apiUrl('/create-file')}?${new URLSearchParams({ filename: path })}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: content,
  });
  const response = await fetchFromService(request);
  await response.body?.cancel();
  await queryClient.invalidateQueries({ queryKey: ['browse'] });
}
