import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { makeSlowFile, slowCopies } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking, partsIn } from '../../services/staging/workspaces.ts';
import { batchClientOf, itemsOf } from './batchClient.ts';

let directory: string;
let service: StagingService;
beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory, slowCopies);
});
afterAll(async () => {
  await service.kill();
  await removeDataDirectory(directory);
});

const batches = batchClientOf(() => service.url);
const operations = () => clientOf(service.url).operations('&username=ann');
const area = () => readdir(join(service.userAreas, 'ann')).catch(() => []);

/** Sends the first 1000 items of a batch and no end; resolves when some of them are recorded. */
async function beginSending(): Promise<ClientRequest> {
  const items = JSON.stringify(
    itemsOf(
      Array.from({ length: 1000 }, (_, file) => `${file}`),
      'mine',
    ),
  );
  const sending = request(`${service.url}/batches?method=local_copy&username=ann`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  sending.on('error', () => undefined);
  sending.write(`{"items":${items.slice(0, -1)},`);
  await waitFor(async () => (await operations()).length > 0);
  return sending;
}

test('a client that disconnects while sending leaves nothing but a refused batch', async () => {
  const sending = await beginSending();
  const [received] = await batches.list('ann');
  expect(received).toMatchObject({ phase: 'PENDING', finished_at: null });
  sending.destroy();
  await waitFor(async () => (await batches.list('ann'))[0]?.finished_at !== null);
  expect((await batches.list('ann'))[0]).toMatchObject({ phase: 'ERROR', error_code: 'CLIENT_CLOSED' });
  expect(await operations()).toEqual([]);
});

test('a batch that is aborted while it is received is refused', async () => {
  const sending = await beginSending();
  const [received] = await batches.list('ann');
  expect((await batches.abort(received?.id ?? '')).status).toBe(200);
  sending.end('{"local_path_on_storage":"a","relative_path":"a"}]}');
  const [answer] = await once(sending, 'response');
  expect(answer.statusCode).toBe(409);
  expect(await operations()).toEqual([]);
  expect((await batches.list('ann'))[0]).toMatchObject({ phase: 'ABORTED' });
});

test('a service that is killed while receiving cleans up at its next start', async () => {
  await beginSending();
  await service.kill();
  service = await startStagingService(directory, slowCopies);
  await waitFor(async () => (await batches.list('ann'))[0]?.finished_at !== null);
  expect((await batches.list('ann'))[0]).toMatchObject({ phase: 'ERROR', error_code: 'INTERRUPTED' });
  expect(await operations()).toEqual([]);
});

test('a service that is killed while it stages a dataset leaves none of it, and a retry stages all', async () => {
  await mkdir(join(service.sourceStorage, 'set'));
  await writeFile(join(service.sourceStorage, 'set/small'), 'small');
  await makeSlowFile(join(service.sourceStorage, 'set/large'), 30);
  const items = itemsOf(['set/small', 'set/large'], 'ds');
  const body = { items, relative_path: 'ds', all_or_nothing: true };
  const { id } = await batches.begin('method=local_copy&username=ann', body);
  await waitFor(async () => (await batches.look(id)).bytes_done > 5);
  expect(await partsIn(service.userAreas)).not.toEqual([]);
  await service.kill();

  service = await startStagingService(directory);
  expect(await batches.ended(id)).toMatchObject({
    phase: 'ERROR',
    error_code: 'INTERRUPTED',
    counts: { ABORTED: 2 },
  });
  expect([...(await area()), ...(await inTheMaking(service.userAreas))]).toEqual([]);
  expect((await batches.retry(id)).status).toBe(202);
  expect(await batches.ended(id)).toMatchObject({ phase: 'COMPLETED', counts: { COMPLETED: 2 } });
  expect(await area()).toEqual(['ds']);
}, 60_000);
