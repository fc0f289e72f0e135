import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { operationSchema, stagedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const started = serviceWithSources({ BANDWIDTH_LIMIT: '', MAX_LIFETIME: '86400' });
const client = () => clientOf(started().service.url);
const area = (...names: string[]) => join(started().service.userAreas, 'ann', ...names);

beforeAll(async () => {
  const tree = join(started().service.sourceStorage, 'tree');
  await mkdir(tree);
  await writeFile(join(tree, 'file'), 'data');
});

async function stage(source: string, target: string, lifetime?: number, method = 'local_copy') {
  const body = { local_path_on_storage: source, relative_path: target, lifetime };
  const answer = await client().post(`/stage_data?method=${method}&username=ann`, body);
  return stagedAnswerSchema.parse(JSON.parse(answer.text)).operation;
}

const read = async (id: string) =>
  operationSchema.parse(JSON.parse((await client().get(`/operations/${id}`)).text));
const secondsOf = ({ expires_at, finished_at }: Awaited<ReturnType<typeof read>>) =>
  Math.round((Date.parse(expires_at ?? '') - Date.parse(finished_at ?? '')) / 1000);

test('staged data is removed at the end of its lifetime, after a warning in the log', async () => {
  const [file, tree, links] = [
    await stage('small', 'file', 1),
    await stage('tree', 'tree', 1),
    await stage('tree', 'links', 1, 'symlink_copy'),
  ];
  expect(secondsOf(file)).toBe(1);
  for (const { id } of [file, tree, links]) {
    await waitFor(async () => (await read(id)).removed_at !== null);
    expect(await read(id)).toMatchObject({ removal_reason: 'lifetime', removed_by: null, expires_at: null });
    const log = async () => (await client().get(`/logs?operation=${id}`)).text;
    await waitFor(async () => (await log()).includes('removed expired data'));
    expect(await log()).toContain('will be removed when it expires');
  }
  expect(await readdir(area())).toEqual([]);
  expect(await readFile(join(started().service.sourceStorage, 'tree', 'file'), 'utf8')).toBe('data');
});

test('changed data is kept permanently', async () => {
  const { id } = await stage('small', 'mine', 1);
  await chmod(area('mine'), 0o600);
  await writeFile(area('mine'), 'mine');
  await waitFor(async () => (await read(id)).expires_at === null);
  expect(await read(id)).toMatchObject({ removed_at: null, removal_reason: null });
  expect(await readFile(area('mine'), 'utf8')).toBe('mine');
});

test('no lifetime exceeds that of the site, and data that was already present gets none', async () => {
  expect(secondsOf(await stage('small', 'a'))).toBe(86_400);
  expect(secondsOf(await stage('small', 'b', 3600))).toBe(3600);
  expect(secondsOf(await stage('small', 'c', 10 ** 9))).toBe(86_400);
  expect(await stage('small', 'c', 1)).toMatchObject({ outcome: 'already_present', expires_at: null });
});

test.each([0, 1.5, -1, '60', 10 ** 10])(
  'a lifetime of %p is not a whole number of seconds',
  async (lifetime) => {
    const body = { local_path_on_storage: 'small', relative_path: 'x', lifetime };
    const answer = await client().post('/stage/local?username=ann', body);
    expect([answer.status, answer.problem().code]).toEqual([422, 'BODY_INVALID']);
  },
);

test.each([
  ['of items', { items: [{ local_path_on_storage: 'small', relative_path: 'many/a' }], lifetime: 3600 }],
  [
    'of items with their own',
    { items: [{ local_path_on_storage: 'small', relative_path: 'many/b', lifetime: 3600 }] },
  ],
  ['of a directory', { directory: 'tree', relative_path: 'many/c', lifetime: 3600 }],
  ['all or nothing', { directory: 'tree', relative_path: 'whole', all_or_nothing: true, lifetime: 3600 }],
])('a batch %s has a lifetime', async (_what, body) => {
  const answer = await client().post('/batches?method=local_copy&username=ann', body);
  const { id } = JSON.parse(answer.text);
  await waitFor(async () => {
    const { phase } = JSON.parse((await client().get(`/batches/${id}`)).text);
    return phase === 'COMPLETED';
  });
  const whole = 'all_or_nothing' in body;
  const page = JSON.parse((await client().get(`/operations?batch=${id}`)).text);
  const staged = whole ? await read(id) : operationSchema.parse(page.operations[0]);
  expect(secondsOf(staged)).toBe(3600);
});
