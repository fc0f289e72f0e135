import { isApiElsewhere } from '../../api/apiAddress.ts';
import { type BatchItem, type BatchOrder, stageBatch } from '../../api/batches.ts';
import { toApiError } from '../../api/client.ts';
import { checkDownload, downloadUrl } from '../../api/download.ts';
import { downloadsQuery, type StagingOrder, stage } from '../../api/operations.ts';
import { queryClient } from '../../api/queryClient.ts';
import { addRequests, type BatchRequest, type SingleRequest, updateRequest } from '../../state/requests.ts';

/** So many are asked for at a time. */
const atOnce = 4;

/** Asks for all of these, and has the answers come into the list of requests. The token is kept nowhere. */
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
 * Asks for one, once or once more. Where it is not known what became of it, it is the same request, and never done
 * twice; where the service refused it, it is a new one.
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

/** Asks for all of these by one request, and has the answer come into the list of requests. */
export async function submitBatch(batch: BatchOrder, items: readonly BatchItem[]): Promise<void> {
  const request = { key: newName(), batch: { ...batch, firstItems: [...batch.firstItems] }, items };
  addRequests([request]);
  await sendBatch(request);
}

/** Asks for a batch, once or once more, as `send` does for one operation. */
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

/** What the service refused is asked for by a new name. */
function nameFor({ name, error }: SingleRequest | BatchRequest): string {
  return name === undefined || error?.kind === 'problem' ? newName() : name;
}

/** Begins the download as if its link had been clicked: the browser saves the data and shows how far it is. */
async function beginDownload(order: StagingOrder): Promise<Partial<SingleRequest>> {
  await checkDownload(order);
  const { operations } = await queryClient.fetchQuery({ ...downloadsQuery(order.username), staleTime: 0 });
  const link = document.createElement('a');
  link.href = downloadUrl(order);
  // Elsewhere, the attribute would make this a request that needs more leave (CORP) than following a link.
  if (!isApiElsewhere()) link.download = '';
  link.click();
  return { downloadedAfter: operations[0]?.id ?? '' };
}

/** A name that no other request has. `crypto.randomUUID` is there only for pages that came by https. */
function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}
