import { toApiError } from '../../api/client.ts';
import { checkDownload, downloadUrl, saveFrom } from '../../api/files/download.ts';
import { type BatchItem, type BatchOrder, stageBatch } from '../../api/operations/batches.ts';
import { downloadsQuery, type StagingOrder, stage } from '../../api/operations/operations.ts';
import { queryClient } from '../../api/queryClient.ts';
import { addRequests, type BatchRequest, type SingleRequest, updateRequest } from '../../state/requests.ts';

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

/**
 * Sends a request, for the first time or again. If its result is unknown, the same request key is used, so it is never
 * executed twice; if the service refused it, a new one.
 */
export async function send(request: SingleRequest, jupyterToken: string): Promise<void> {
  const { key, order } = request;
  const name = nameFor(request);
  updateRequest(key, { name, error: undefined, hasEnded: false, operationId: undefined });
  try {
    if (order.method === 'direct_download') updateRequest(key, await beginDownload(order));
    else updateRequest(key, { operationId: (await stage(order, name, jupyterToken)).id });
  } catch (thrown) {
    updateRequest(key, { error: toApiError(thrown), hasEnded: true });
  }
}

/** Sends all of these as one request, and puts the answer into the list of requests. */
export async function submitBatch(batch: BatchOrder, items: readonly BatchItem[]): Promise<void> {
  const request = { key: newName(), batch: { ...batch, firstItems: [...batch.firstItems] }, items };
  addRequests([request]);
  await sendBatch(request);
}

/** Sends a batch, for the first time or again, like `send` for one operation. */
export async function sendBatch(request: BatchRequest): Promise<void> {
  const { key, batch, items = [] } = request;
  const name = nameFor(request);
  updateRequest(key, { name, error: undefined, hasEnded: false, batchId: undefined });
  try {
    const batchId = await stageBatch(batch, items, name);
    updateRequest(key, { batchId, items: undefined });
  } catch (thrown) {
    updateRequest(key, { error: toApiError(thrown), hasEnded: true });
  }
}

/** A refused request is sent with a new key. */
function nameFor({ name, error }: SingleRequest | BatchRequest): string {
  return name === undefined || error?.kind === 'problem' ? newName() : name;
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
