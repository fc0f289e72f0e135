import { toApiError } from '../../api/client.ts';
import { checkDownload, downloadUrl, saveFrom } from '../../api/files/download.ts';
import { type BatchItem, type BatchOrder, stageBatch } from '../../api/operations/batches.ts';
import { downloadsQuery, type StagingOrder, stage } from '../../api/operations/operations.ts';
import { queryClient } from '../../api/queryClient.ts';
import {
  addRequests,
  type BatchRequest,
  type SingleRequest,
  type StagingRequest,
  updateRequest,
} from '../../state/requests.ts';

/** How many requests are sent at a time. */
const atOnce = 4;

/** Sends all of these requests, and puts the answers into the list of requests. The token is not kept. */
export async function submit(orders: readonly StagingOrder[], jupyterToken: string): Promise<void> {
  const requests = orders.map((order) => ({ key: newName(), order }));
  addRequests(requests);
  const waiting = [...requests];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await send(next, jupyterToken);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Sends a request, for the first time or again. */
export function send(request: SingleRequest, jupyterToken: string): Promise<void> {
  const { order } = request;
  return attempt(request, async (name) =>
    order.method === 'direct_download'
      ? beginDownload(order)
      : { operationId: (await stage(order, name, jupyterToken)).id },
  );
}

/** Sends all of these as one request, and puts the answer into the list of requests. */
export async function submitBatch(batch: BatchOrder, items: readonly BatchItem[]): Promise<void> {
  const request = { key: newName(), batch, items };
  addRequests([request]);
  await sendBatch(request);
}

/** Sends a batch, for the first time or again. */
export function sendBatch(request: BatchRequest): Promise<void> {
  const { batch, items = [] } = request;
  return attempt(request, async (name) => ({
    batchId: await stageBatch(batch, items, name),
    items: undefined,
  }));
}

/**
 * Sends a request, and notes the answer. If the result of the last attempt is unknown, the same request key is used, so
 * it is never executed twice; if the service refused it, a new one.
 */
async function attempt(
  { key, name: last, error }: StagingRequest,
  work: (name: string) => Promise<Parameters<typeof updateRequest>[1]>,
): Promise<void> {
  const name = last === undefined || error?.kind === 'problem' ? newName() : last;
  updateRequest(key, { name, error: undefined, hasEnded: false, operationId: undefined, batchId: undefined });
  try {
    updateRequest(key, await work(name));
  } catch (thrown) {
    updateRequest(key, { error: toApiError(thrown), hasEnded: true });
  }
}

/** Starts the download like a click on its link: the browser saves the data and shows the progress. */
async function beginDownload(order: StagingOrder): Promise<Partial<SingleRequest>> {
  await checkDownload(order);
  const { operations } = await queryClient.fetchQuery({ ...downloadsQuery(order.username), staleTime: 0 });
  saveFrom(downloadUrl(order));
  return { downloadedAfter: operations[0]?.id ?? '' };
}

/** A unique request key. `crypto.randomUUID` exists only on pages loaded by https. */
function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}
