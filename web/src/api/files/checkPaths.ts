import { queryOptions } from '@tanstack/react-query';
import { answerOf, api, type components } from '../client.ts';

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
