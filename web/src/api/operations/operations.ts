import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { z } from 'zod';
import { operationSchema } from '../../../../shared/http/contract/answers/operations.ts';
import { stagingMethodSchema } from '../../../../shared/model/methods.ts';
import { hasEnded } from '../../../../shared/model/operation.ts';
import { apiUrl } from '../apiAddress.ts';
import { answerOf, api, type Operation } from '../client.ts';
import { listenToEvents } from '../eventStream.ts';
import { polling, queryClient } from '../queryClient.ts';

/** A `StagingOrder` as this page remembers it. */
export const stagingOrderSchema = z.object({
  method: z.string(),
  username: z.string(),
  source: z.string(),
  /** The target, beneath the user area; a download has none. */
  target: z.string(),
});

/** A staging request: source, target, user and method. */
export type StagingOrder = z.output<typeof stagingOrderSchema>;

/** One operation, as last fetched. */
function operationQuery(id: string) {
  return queryOptions({
    queryKey: ['operation', id],
    queryFn: ({ signal }) => answerOf(api().GET('/operations/{id}', { params: { path: { id } }, signal })),
    staleTime: 500,
  });
}

/** One operation, updated until it has ended: by events, or else by polling. */
export function useOperation(id: string) {
  const query = useQuery({
    ...operationQuery(id),
    refetchInterval: ({ state }) => {
      if (state.data && hasEnded(state.data)) return false;
      return polling(followed.get(id)?.isLive ? 15_000 : 1000)({ state });
    },
  });
  const isUnderWay = query.data !== undefined && !hasEnded(query.data);
  useEffect(() => {
    if (isUnderWay) return followOperation(id);
  }, [id, isUnderWay]);
  return query;
}

/**
 * Requests staging; returns as soon as the operation is recorded, or at its end if there is no other way. A repetition
 * with the same request key gets the same operation. @throws ApiError
 */
export async function stage(
  order: StagingOrder,
  requestName: string,
  jupyterToken: string,
): Promise<Operation> {
  const { operation } = await answerOf(
    api().POST('/stage_data', {
      params: {
        query: { method: stagingMethodSchema.parse(order.method), username: order.username },
        header: {
          prefer: 'respond-async',
          'idempotency-key': requestName,
          ...(jupyterToken !== '' && { 'jupyter-token': jupyterToken }),
        },
      },
      body: { local_path_on_storage: order.source, relative_path: order.target },
    }),
  );
  return remember(operation);
}

/** Aborts an operation. @throws ApiError OPERATION_ENDED, … */
export async function abortOperation(id: string): Promise<Operation> {
  return remember(await answerOf(api().DELETE('/operations/{id}', { params: { path: { id } } })));
}

/** Retries an operation that failed or was aborted. @throws ApiError NOT_RETRYABLE, … */
export async function retryOperation(id: string): Promise<Operation> {
  return remember(await answerOf(api().POST('/operations/{id}/retry', { params: { path: { id } } })));
}

/** The newest downloads of this user. */
export function downloadsQuery(username: string) {
  return queryOptions({
    queryKey: ['downloads', username],
    queryFn: ({ signal }) => {
      const query = { method: 'direct_download', username, limit: 20 };
      return answerOf(api().GET('/operations', { params: { query }, signal }));
    },
  });
}

/** Caches a new state of an operation; when its phase has changed, lists are refetched. */
export function remember(operation: Operation): Operation {
  const { queryKey } = operationQuery(operation.id);
  const isNews = queryClient.getQueryData(queryKey)?.phase !== operation.phase;
  queryClient.setQueryData(queryKey, operation);
  if (isNews) void queryClient.invalidateQueries({ queryKey: ['operations'] });
  // An ended batch continues when one of its items is retried.
  if (isNews) void queryClient.invalidateQueries({ queryKey: ['batch', operation.batch_id] });
  return operation;
}

/**
 * A browser opens at most six connections to a host (HTTP/1.1), and other views listen, too: only this many operations
 * are listened to, further ones are polled.
 */
const maxFollowed = 2;

interface Following {
  followers: number;
  isLive: boolean;
  stop(): void;
}

const followed = new Map<string, Following>();

/** Listens to an operation until the returned function is called; all who follow it share one connection. */
function followOperation(id: string): (() => void) | undefined {
  const following = followed.get(id) ?? beginToFollow(id);
  if (!following) return undefined;
  following.followers += 1;
  return () => {
    following.followers -= 1;
    if (following.followers > 0) return;
    following.stop();
    followed.delete(id);
  };
}

function beginToFollow(id: string): Following | undefined {
  if (followed.size >= maxFollowed) return undefined;
  const following: Following = { followers: 0, isLive: false, stop: () => undefined };
  followed.set(id, following);
  following.stop = listenToEvents(
    apiUrl(`/operations/${encodeURIComponent(id)}/events`),
    'operation',
    (data) => {
      const parsed = operationSchema.safeParse(data);
      if (parsed.success) remember(parsed.data);
    },
    (state) => {
      following.isLive = state === 'live';
    },
  );
  return following;
}
