import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { batchSchema } from '../../../shared/http/contract/answers/batches.ts';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { partsIn } from '../../services/staging/workspaces.ts';
import { batchClientOf, itemsOf } from './batchClient.ts';

let directory: string;
let service: StagingService;
beforeAll(async () => {
  directory = await makeDataDirectory();
  // Many at a time, so that their waits for a busy disk overlap.
  service = await startStagingService(directory, { ...slowCopies, CONCURRENCY: '16' });
  const set = join(service.sourceStorage, 'set');
  for (const folder of ['0', '1', '2']) {
    await mkdir(join(set, folder), { recursive: true });
    for (let file = 0; file < 100; file += 1)
      await writeFile(join(set, folder, `${file}`), `${folder}-${file}`);
  }
  await makeSlowFile(join(service.sourceStorage, 'large'), untilAborted);
});
afterAll(async () => {
  await service.kill();
  await removeDataDirectory(directory);
});

const batches = batchClientOf(() => service.url);
const operationsOf = (username: string) => clientOf(service.url).operations(`&username=${username}`);
const listing = async (username: string) => {
  const entries = await readdir(join(service.userAreas, username), {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
};
const paths = Array.from({ length: 300 }, (_, index) => `set/${index % 3}/${Math.floor(index / 3)}`);
const none = { PENDING: 0, QUEUED: 0, EXECUTING: 0, COMPLETED: 0, ERROR: 0, ABORTED: 0 };

let begun: Awaited<ReturnType<typeof batches.begin>>;

test('a list of items is staged, and the batch, its operations and the disk agree', async () => {
  begun = await batches.begin('method=local_copy&username=ann', { items: itemsOf(paths, 'mine') });
  expect(begun).toMatchObject({ operations_total: 300, all_or_nothing: false, finished_at: null });
  const ended = await batches.ended(begun.id);
  expect(ended).toMatchObject({ phase: 'COMPLETED', counts: { ...none, COMPLETED: 300 } });
  expect(
    ended.operations.every(({ batch_id, outcome }) => batch_id === begun.id && outcome === 'staged'),
  ).toBe(true);
  expect(ended.bytes_done).toBe(ended.operations.reduce((sum, { bytes_done }) => sum + bytes_done, 0));
  expect(await listing('ann')).toHaveLength(300);
  expect(await readFile(join(service.userAreas, 'ann/mine/set/2/99'), 'utf8')).toBe('2-99');
  const listed = await clientOf(service.url).operations(`&batch=${begun.id}&username=ann&phase=COMPLETED`);
  expect(listed.map(({ id }) => id).sort()).toEqual(ended.operations.map(({ id }) => id).sort());
}, 60_000);

test('the same list again is a new batch, whose items are all present', async () => {
  const again = await batches.begin('method=local_copy&username=ann', { items: itemsOf(paths, 'mine') });
  expect(await batches.ended(again.id)).toMatchObject({ phase: 'COMPLETED', already_present: 300 });
  expect((await batches.list('ann')).map(({ id }) => id)).toEqual([again.id, begun.id]);
}, 60_000);

test('invalid items are all reported, and then nothing is started', async () => {
  const wrong = { local_path_on_storage: '../x', relative_path: 3 };
  const items = [...itemsOf(paths, 'mine'), ...Array.from({ length: 150 }, () => wrong)];
  const problem = await batches.refused('method=local_copy&username=bob', JSON.stringify({ items }));
  expect(problem).toMatchObject({ status: 422, code: 'BODY_INVALID' });
  expect(problem.errors).toHaveLength(100);
  expect(problem.errors?.[0]?.path).toBe('items.300.relative_path');
  expect(await operationsOf('bob')).toEqual([]);
  const [refused] = await batches.list('bob');
  expect(refused).toMatchObject({ phase: 'ERROR', error_code: 'BODY_INVALID', operations_total: 0 });
  expect((await batches.retry(refused?.id ?? '')).status).toBe(409);
});

const ask = 'method=local_copy&username=cid';
test.each([
  ['no JSON', ask, '{"items":[', 'BODY_INVALID'],
  ['no UTF-8', ask, Buffer.from('{"items":["\xff"]}', 'latin1').toString('latin1'), 'BODY_INVALID'],
  ['another document', ask, '[1]', 'BODY_INVALID'],
  ['neither items nor a directory', ask, '{}', 'BODY_INVALID'],
  ['both', ask, '{"items":[],"directory":"set","relative_path":"a"}', 'BODY_INVALID'],
  ['no items', ask, '{"items":[]}', 'BODY_INVALID'],
  ['items that are no list', ask, '{"items":{"a":1}}', 'BODY_INVALID'],
  ['one very long item', ask, `{"items":["${'a'.repeat(2_000_000)}"]}`, 'BODY_INVALID'],
  ['a directory with no name for its copy', ask, '{"directory":"set"}', 'BODY_INVALID'],
  ['a directory that is a file', ask, '{"directory":"set/0/1","relative_path":"a"}', 'BODY_INVALID'],
  ['a directory that is not there', ask, '{"directory":"nothing","relative_path":"a"}', 'SOURCE_NOT_FOUND'],
  ['a directory outside', ask, '{"directory":"/etc","relative_path":"a"}', 'PATH_OUTSIDE_STORAGE'],
  ['a dataset with no folder', ask, '{"items":[],"all_or_nothing":true}', 'BODY_INVALID'],
  ['an unknown method', 'method=teleport&username=cid', '{}', 'INVALID_METHOD'],
  ['downloads', 'method=direct_download&username=cid', '{}', 'BATCH_UNSUPPORTED'],
  ['a bad user name', 'method=local_copy&username=../x', '{}', 'BODY_INVALID'],
])('a request with %s is refused', async (_what, query, body, code) => {
  expect(await batches.refused(query, body)).toMatchObject({ code });
  expect(await operationsOf('cid')).toEqual([]);
});

test('items outside the given folder are refused', async () => {
  const items = [...itemsOf(['set/0/1'], 'ds'), ...itemsOf(['set/0/2'], 'dsx')];
  const body = JSON.stringify({ items, relative_path: 'ds', all_or_nothing: true });
  expect((await batches.refused(ask, body)).errors?.[0]?.path).toBe('body.relative_path');
});

test('lines of JSON are accepted, too', async () => {
  const lines = itemsOf(paths.slice(0, 5), 'mine').map((item) => JSON.stringify(item));
  const answer = await batches.post(
    'method=local_copy&username=dan',
    lines.join('\n'),
    'application/x-ndjson',
  );
  expect(answer.status).toBe(202);
  const { id } = batchSchema.parse(await answer.json());
  expect(await batches.ended(id)).toMatchObject({ phase: 'COMPLETED', operations_total: 5 });
});

test('every file beneath a directory is an item, including targets of links', async () => {
  await mkdir(join(service.sourceStorage, 'linked/deep'), { recursive: true });
  await writeFile(join(service.sourceStorage, 'linked/deep/file'), 'deep');
  await symlink('../../set/0/7', join(service.sourceStorage, 'linked/deep/link'));
  await symlink('../set/1', join(service.sourceStorage, 'linked/folder'));
  const body = { directory: 'linked/', relative_path: '/copy/' };
  const { id } = await batches.begin('method=symlink_copy&username=eve', body);
  expect(await batches.ended(id)).toMatchObject({
    phase: 'COMPLETED',
    operations_total: 102,
    directory: 'linked/',
  });
  expect(await readFile(join(service.userAreas, 'eve/copy/deep/link'), 'utf8')).toBe('0-7');
  expect(await readFile(join(service.userAreas, 'eve/copy/folder/42'), 'utf8')).toBe('1-42');
}, 60_000);

test('failed items are shown first, and retried for the whole batch', async () => {
  const missing = ['late/1', 'late/2'];
  const items = itemsOf([...paths.slice(0, 20), ...missing], 'mine');
  const { id } = await batches.begin('method=local_copy&username=flo', { items });
  const failed = await batches.ended(id);
  expect(failed).toMatchObject({ phase: 'ERROR', counts: { ...none, COMPLETED: 20, ERROR: 2 } });
  const first = failed.operations.slice(0, 2).map(({ error_code }) => error_code);
  expect(first).toEqual(['SOURCE_NOT_FOUND', 'SOURCE_NOT_FOUND']);

  await mkdir(join(service.sourceStorage, 'late'));
  for (const path of missing) await writeFile(join(service.sourceStorage, path), 'here now');
  expect((await batches.retry(id)).status).toBe(202);
  const ended = await batches.ended(id);
  expect(ended).toMatchObject({ phase: 'COMPLETED', counts: { ...none, COMPLETED: 22 } });
  expect(ended.operations.filter(({ attempts }) => attempts === 2)).toHaveLength(2);
  expect((await batches.retry(id)).status).toBe(409);
}, 60_000);

test('an abort ends queued items and stops running ones, and aborted items can be retried', async () => {
  const items = [
    ...Array.from({ length: 4 }, (_, copy) => ({
      local_path_on_storage: 'large',
      relative_path: `large${copy}`,
    })),
    ...itemsOf(paths, 'mine'),
  ];
  const { id } = await batches.begin('method=local_copy&username=gus', { items });
  await waitFor(async () => (await partsIn(service.userAreas)).length > 0);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const answer = await batches.abort(id);
    expect([answer.status, batchSchema.parse(await answer.json()).phase]).toEqual([200, 'ABORTED']);
  }
  const aborted = await batches.look(id);
  expect(aborted.counts.ABORTED + aborted.counts.COMPLETED).toBe(304);
  expect(aborted.counts.ABORTED).toBeGreaterThanOrEqual(4);
  expect(await listing('gus')).toHaveLength(aborted.counts.COMPLETED);
  const again = batchSchema.parse(await (await batches.retry(id)).json());
  expect(again).toMatchObject({ finished_at: null, counts: { ABORTED: 0 } });
  await waitFor(async () => (await batches.look(id)).counts.EXECUTING > 0);
  expect((await batches.abort(id)).status).toBe(200);
}, 90_000);

test('an ended batch is not aborted, and an unknown one is not found', async () => {
  const [ended] = await batches.list('ann');
  const problem = problemSchema.parse(await (await batches.abort(ended?.id ?? '')).json());
  expect(problem).toMatchObject({ status: 409, code: 'BATCH_ENDED' });
  for (const id of ['00000000-0000-7000-8000-000000000000', 'nonsense']) {
    expect((await fetch(`${service.url}/batches/${id}`)).status).toBe(404);
  }
});

test('a batch that is requested again with its key is the same batch, and another one is refused', async () => {
  const ask = async (names: readonly string[], key: string) => {
    const body = JSON.stringify({ items: itemsOf(names, 'keyed') });
    const headers = { 'idempotency-key': key };
    const answer = await batches.post('method=local_copy&username=kim', body, 'application/json', headers);
    return { status: answer.status, isReplay: answer.headers.has('idempotent-replayed'), answer };
  };
  const codeOf = async ({ answer }: { answer: Response }) => problemSchema.parse(await answer.json()).code;
  const idOf = async ({ answer }: { answer: Response }) => batchSchema.parse(await answer.json()).id;
  const wanted = paths.slice(0, 3);
  const first = await ask(wanted, 'one');
  expect([first.status, first.isReplay]).toEqual([202, false]);
  const id = await idOf(first);
  await batches.ended(id);
  const again = await ask(wanted, 'one');
  expect([again.status, again.isReplay, await idOf(again)]).toEqual([202, true, id]);
  const other = await ask(paths.slice(0, 4), 'one');
  expect([other.status, await codeOf(other)]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
  expect(await operationsOf('kim')).toHaveLength(3);

  const refused = await ask(['../climbing'], 'two');
  expect([refused.status, await codeOf(refused)]).toEqual([422, 'BODY_INVALID']);
  const corrected = await ask(wanted, 'two');
  expect([corrected.status, corrected.isReplay]).toEqual([202, false]);
});

test('concurrent identical batches with one key create one batch', async () => {
  const body = JSON.stringify({ items: itemsOf(paths, 'once') });
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      batches.post('method=local_copy&username=lea', body, 'application/json', { 'idempotency-key': 'k' }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status !== 202 && status !== 409)).toEqual([]);
  expect(statuses).toContain(202);
  expect(await batches.list('lea')).toHaveLength(1);
});

const encodings = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;

test.each(['gzip', 'deflate', 'br'] as const)(
  'a body compressed by %s is read like any other',
  async (encoding) => {
    const body = encodings[encoding](JSON.stringify({ items: itemsOf(paths.slice(0, 3), encoding) }));
    const lines = encodings[encoding](
      itemsOf(paths.slice(3, 5), encoding)
        .map((item) => JSON.stringify(item))
        .join('\n'),
    );
    const headers = { 'content-encoding': encoding, 'idempotency-key': encoding };
    const answer = await batches.post('method=local_copy&username=zoe', body, undefined, headers);
    const { id, operations_total } = batchSchema.parse(await answer.json());
    expect(operations_total).toBe(3);
    expect((await batches.ended(id)).counts.COMPLETED).toBe(3);
    const ndjson = await batches.post('method=local_copy&username=zoe', lines, 'application/x-ndjson', {
      'content-encoding': encoding,
    });
    expect(batchSchema.parse(await ndjson.json()).operations_total).toBe(2);
    const again = await batches.post('method=local_copy&username=zoe', body, undefined, headers);
    expect([again.headers.get('idempotent-replayed'), batchSchema.parse(await again.json()).id]).toEqual([
      'true',
      id,
    ]);
  },
);

test('a batch with one item too many is refused, and nothing of it is left', async () => {
  const items = Array.from({ length: 100_001 }, (_, index) =>
    JSON.stringify({ local_path_on_storage: 'set/0/0', relative_path: `${index}` }),
  );
  const answer = await batches.post(
    'method=local_copy&username=greedy',
    Buffer.from(items.join('\n')),
    'application/x-ndjson',
  );
  expect(problemSchema.parse(await answer.json())).toMatchObject({
    status: 422,
    code: 'BODY_INVALID',
    detail: expect.stringContaining('may have up to 100000 items'),
  });
  expect(await operationsOf('greedy')).toEqual([]);
}, 300_000);

test('a body that unpacks to too many bytes, or does not unpack, is refused', async () => {
  const item = '{"local_path_on_storage":"set/0/0","relative_path":"x"}\n';
  const bomb = gzipSync(`${item}${' '.repeat(900_000)}`.repeat(160));
  expect(bomb.length).toBeLessThan(1_000_000);
  const send = async (body: Buffer, encoding = 'gzip') => {
    const headers = { 'content-encoding': encoding };
    const answer = await batches.post(
      'method=local_copy&username=zip',
      body,
      'application/x-ndjson',
      headers,
    );
    return problemSchema.parse(await answer.json()).code;
  };
  expect(await send(gzipSync(Buffer.alloc(200_000_000, ' ')))).toBe('BODY_INVALID');
  expect(await send(bomb)).toBe('BODY_TOO_LARGE');
  expect(await send(gzipSync(item).subarray(0, -9))).toBe('BODY_INVALID');
  expect(await send(Buffer.from(item))).toBe('BODY_INVALID');
  expect(await send(Buffer.from(item), 'compress')).toBe('CONTENT_TYPE_UNSUPPORTED');
  expect(await operationsOf('zip')).toEqual([]);
});
