import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { downloadsQuery } from '../../../api/operations/operations.ts';
import { type SingleRequest, updateRequest } from '../../../state/requests.ts';

/** Finds the operation of a download that the browser has started: the browser does not report its id. */
export function useDownloadOperation({ key, order, operationId, downloadedAfter }: SingleRequest): void {
  const isSought = downloadedAfter !== undefined && operationId === undefined;
  const { data } = useQuery({
    ...downloadsQuery(order.username),
    enabled: isSought,
    refetchInterval: 1000,
  });
  // Ids are UUIDs of version 7: they sort by the time of the request.
  const found = data?.operations.findLast(
    ({ id, local_path_on_storage }) =>
      isSought && id > downloadedAfter && namesOf(local_path_on_storage ?? '') === namesOf(order.source),
  );
  useEffect(() => {
    if (found) updateRequest(key, { operationId: found.id });
  }, [found, key]);
}

function namesOf(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '')
    .join('/');
}
