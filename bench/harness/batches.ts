import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { batchSchema } from '../../shared/http/contract/batches.ts';
import { batchClientOf } from '../../test/integration/batches/batchClient.ts';

/** One item of a batch. */
export interface Item {
  readonly local_path_on_storage: string;
  readonly relative_path: string;
}

/** How often a batch is polled, in ms: rarely, because that is work for the service, too. */
const lookMs = 100;

/** Requests a batch of items, and waits until all have been staged; resolves with the seconds until it was accepted. */
export async function stageBatch(origin: string, method: string, items: readonly Item[]): Promise<number> {
  const begin = performance.now();
  const id = await requestBatch(origin, method, items);
  const acceptedSeconds = (performance.now() - begin) / 1000;
  const { look } = batchClientOf(() => origin);
  while ((await look(id, '?limit=1')).finished_at === null) await delay(lookMs);
  const { counts } = await look(id, '?limit=1');
  if (counts.COMPLETED !== items.length)
    throw new Error(`The batch has ended with ${JSON.stringify(counts)}`);
  return acceptedSeconds;
}

async function requestBatch(origin: string, method: string, items: readonly Item[]): Promise<string> {
  const call = request(`${origin}/batches?method=${method}&username=bench`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  call.end(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  const [answer] = await once(call, 'response');
  const body = await text(answer);
  if (answer.statusCode !== 202) throw new Error(body);
  return batchSchema.parse(JSON.parse(body)).id;
}
