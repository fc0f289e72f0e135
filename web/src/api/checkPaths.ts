import { queryOptions } from '@tanstack/react-query';
import { answerOf, api, type components } from './client.ts';

export type CheckedPath = components['schemas']['CheckedPath'];

/** The most paths that are checked at a time. */
export const maxChecked = 1000;

/** What each of these paths leads to. */
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
