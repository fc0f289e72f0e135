import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
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
  service = await startStagingService(directory, { CONCURRENCY: '4' });
  for (const folder of ['a', 'b']) {
    await mkdir(join(service.sourceStorage, 'set', folder), { recursive: true });
    for (let file = 0; file < 150; file += 1) {
      await writeFile(join(service.sourceStorage, 'set', folder, `${file}`), `${folder}-${file}`);
    }
  }
});
afterAll(async () => {
  await service.kill();
  await removeDataDirectory(directory);
});

const batches = batchClientOf(() => service.url);
const area = (username: string) => readdir(join(service.userAreas, username)).catch(() => []);
const paths = Array.from(
  { length: 300 },
  (_, index) => `set/${index % 2 ? 'a' : 'b'}/${Math.floor(index / 2)}`,
);
const dataset = (items: readonly string[]) => ({
  items: itemsOf(items, 'ds'),
  relative_path: 'ds',
  all_or_nothing: true,
});
const none = { PENDING: 0, QUEUED: 0, EXECUTING: 0, COMPLETED: 0, ERROR: 0, ABORTED: 0 };

test('a dataset appears in one step, complete and read-only, and its items are recorded with their digests', async () => {
  const { id } = await batches.begin('method=local_copy&username=ann', dataset(paths));
  for (let now = await batches.look(id); now.counts.COMPLETED === 0; now = await batches.look(id)) {
    const visible = await area('ann');
    if (visible.length > 0) expect(await readdir(join(service.userAreas, 'ann/ds/set/a'))).toHaveLength(150);
  }
  const ended = await batches.ended(id);
  expect(ended).toMatchObject({ phase: 'COMPLETED', counts: { ...none, COMPLETED: 300 } });
  expect(ended.operations.every(({ sha256, outcome }) => sha256 !== null && outcome === 'staged')).toBe(true);
  expect(ended.bytes_done).toBe(ended.operations.reduce((sum, { bytes_done }) => sum + bytes_done, 0));
  expect(await area('ann')).toEqual(['ds']);
  for (const folder of ['ds', 'ds/set', 'ds/set/b']) {
    expect((await stat(join(service.userAreas, 'ann', folder))).mode & 0o777).toBe(0o500);
  }
  expect((await stat(join(service.userAreas, 'ann/ds/set/b/7'))).mode & 0o777).toBe(0o400);
}, 60_000);

test('one failed item prevents publishing, until a retry succeeds', async () => {
  const { id } = await batches.begin('method=local_copy&username=bob', dataset([...paths, 'late']));
  const failed = await batches.ended(id);
  expect(failed).toMatchObject({
    phase: 'ERROR',
    error_code: 'SOURCE_NOT_FOUND',
    counts: { ...none, ERROR: 1, ABORTED: 300 },
  });
  expect(failed.operations[0]).toMatchObject({ local_path_on_storage: 'late', phase: 'ERROR' });
  expect(await area('bob')).toEqual([]);

  const item = failed.operations[0]?.id ?? '';
  await writeFile(join(service.sourceStorage, 'late'), 'here now');
  expect((await batches.retry(id)).status).toBe(202);
  expect(await batches.ended(id)).toMatchObject({ phase: 'COMPLETED', error_code: null });
  expect(await clientOf(service.url).operation(item)).toMatchObject({ phase: 'COMPLETED', error_code: null });
  expect(await area('bob')).toEqual(['ds']);
}, 60_000);

test('two items with one target are refused, because one would be lost', async () => {
  const { id } = await batches.begin('method=local_copy&username=cid', dataset(['set/a/1', 'set/a/1']));
  expect(await batches.ended(id)).toMatchObject({ phase: 'ERROR', error_code: 'BATCH_ITEMS_COLLIDE' });
  expect(await area('cid')).toEqual([]);
});

test('an abort of a dataset, or of one of its items, leaves nothing behind', async () => {
  for (const abortItem of [false, true]) {
    const { id } = await batches.begin('method=local_copy&username=dan', dataset(paths));
    await waitFor(async () => (await partsIn(service.userAreas)).length > 0);
    const [item] = (await batches.look(id)).operations;
    if (abortItem) await fetch(`${service.url}/operations/${item?.id}`, { method: 'DELETE' });
    else expect((await batches.abort(id)).status).toBe(200);
    expect(await batches.ended(id)).toMatchObject({ phase: 'ABORTED', counts: { ...none, ABORTED: 300 } });
    expect([...(await area('dan')), ...(await inTheMaking(service.userAreas))]).toEqual([]);
  }
}, 60_000);

test('a directory is published as a whole, with links, too', async () => {
  const body = { directory: 'set', relative_path: 'linked', all_or_nothing: true };
  const { id } = await batches.begin('method=symlink_copy&username=eve', body);
  expect(await batches.ended(id)).toMatchObject({ phase: 'COMPLETED', counts: { ...none, COMPLETED: 300 } });
  expect(await readdir(join(service.userAreas, 'eve/linked/b'))).toHaveLength(150);
}, 60_000);

test('jupyter_copy refuses a dataset that is a list', async () => {
  const body = JSON.stringify(dataset(paths.slice(0, 2)));
  expect(await batches.refused('method=jupyter_copy&username=flo', body)).toMatchObject({
    code: 'BATCH_UNSUPPORTED',
  });
});
