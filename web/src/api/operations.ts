import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answerOf, api, type Operation } from './client.ts';
import { followOperation, isFollowed } from './followOperation.ts';
import { polling, queryClient } from './queryClient.ts';

/** What to stage where, for whom and how. */
export interface StagingOrder {
  readonly method: string;
  readonly username: string;
  readonly source: string;
  /** Where to, beneath the user area; a download has none. */
  readonly target: string;
}

/** Whether nothing more will happen to an operation. */
export function hasEnded({ phase }: Pick<Operation, 'phase'>): boolean {
  return phase === 'COMPLETED' || phase === 'ERROR' || phase === 'ABORTED';
}

/** One operation, as it was when it was last looked at. */
function operationQuery(id: string) {
  return queryOptions({
    queryKey: ['operation', id],
    queryFn: ({ signal }) => answerOf(api().GET('/operations/{id}', { params: { path: { id } }, signal })),
    staleTime: 500,
  });
}

/** One operation, kept up to date until it has ended: by what the service sends, or else by looking again. */
export function useOperation(id: string) {
  const query = useQuery({
    ...operationQuery(id),
    refetchInterval: ({ state }) => {
      if (state.data && hasEnded(state.data)) return false;
      return polling(isFollowed(id) ? 15_000 : 1000)({ state });
    },
  });
  const isUnderWay = query.data !== undefined && !hasEnded(query.data);
  useEffect(() => {
    if (!isUnderWay) return;
    return followOperation(id, remember);
  }, [id, isUnderWay]);
  return query;
}

/**
 * Asks to stage; answers as soon as the operation is recorded, or with its end where it can only be so. Who asks again
 * under the same name of the request asks for the same operation. @throws ApiError
 */
export async function stage(
  order: StagingOrder,
  requestName: string,
  jupyterToken: string,
): Promise<Operation> {
  const { operation } = await answerOf(
    api().POST('/stage_data', {
      params: {
        query: {
          method: order.method,
          username: order.username,
          ...(jupyterToken !== '' && { jupyter_token: jupyterToken }),
        },
        header: { prefer: 'respond-async', 'idempotency-key': requestName },
      },
      body: { local_path_on_storage: order.source, relative_path: order.target },
    }),
  );
  return remember(operation);
}

/** Stops an operation. @throws ApiError OPERATION_ENDED, … */
export async function abortOperation(id: string): Promise<Operation> {
  return remember(await answerOf(api().DELETE('/operations/{id}', { params: { path: { id } } })));
}

/** Tries again what failed or was aborted, by the same operation. @throws ApiError NOT_RETRYABLE, … */
export async function retryOperation(id: string): Promise<Operation> {
  return remember(await answerOf(api().POST('/operations/{id}/retry', { params: { path: { id } } })));
}

/** The newest operations by which this user downloads. */
export function downloadsQuery(username: string) {
  return queryOptions({
    queryKey: ['downloads', username],
    queryFn: ({ signal }) =>
      answerOf(
        api().GET('/operations', {
          params: { query: { method: 'direct_download', username, limit: 20 } },
          signal,
        }),
      ),
  });
}

/** What is heard of an operation is known from then on; where its phase is new, lists are to be looked at again. */
function remember(operation: Operation): Operation {
  const { queryKey } = operationQuery(operation.id);
  const isNews = queryClient.getQueryData(queryKey)?.phase !== operation.phase;
  queryClient.setQueryData(queryKey, operation);
  if (isNews) void queryClient.invalidateQueries({ queryKey: ['operations'] });
  // A batch that has ended goes on when an item of it is tried again.
  if (isNews) void queryClient.invalidateQueries({ queryKey: ['batch', operation.batch_id] });
  return operation;
}
