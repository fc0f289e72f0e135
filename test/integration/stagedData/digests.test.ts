import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { stagedDigestsSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const run = promisify(execFile);
const started = serviceWithSources({ BANDWIDTH_LIMIT: '', DIGESTS: 'none' });
const client = () => clientOf(started().service.url);
const area = (...names: string[]) => join(started().service.userAreas, 'ann', ...names);
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Names that need escaping, as bytes. */
const odd = ['a b', 'line\nend', 'back\\slash', 'return\r', '-n', 'größe'].map((name) => Buffer.from(name));
const names = [...odd, Buffer.from('scan\xe9', 'latin1')];

beforeAll(async () => {
  const tree = join(started().service.sourceStorage, 'tree');
  await mkdir(join(tree, 'ANTENNA', 'deep'), { recursive: true });
  for (const folder of ['', 'ANTENNA', 'ANTENNA/deep'])
    for (const name of names)
      await writeFile(Buffer.concat([Buffer.from(`${tree}/${folder}/`), name]), `${folder}${name}`);
  await writeFile(join(tree, 'table.dat'), Buffer.alloc(5_000_000, 1));
});

const stage = async (source: string, target: string, method = 'local_copy') =>
  (await client().stage(method, source, target, 'ann')).staged().operation.id;
const digests = (id: string, query = '') => client().get(`/operations/${id}/digests${query}`);

test.each(['local_copy', 'symlink_copy'])(
  'sha256sum verifies all files of a tree staged by %s',
  async (method) => {
    const id = await stage('tree', method, method);
    const answer = await digests(id, '?format=sha256sums');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const list = join(started().directory, `${method}.sums`);
    const bytes = await fetch(`${started().service.url}/operations/${id}/digests`, {
      headers: { accept: 'text/plain' },
    });
    await writeFile(list, Buffer.from(await bytes.arrayBuffer()));
    const { stdout } = await run('sha256sum', ['-c', '--strict', list], {
      cwd: area(method),
      encoding: 'latin1',
    });
    const lines = stdout.split('\n').filter(Boolean);
    expect(lines).toHaveLength(names.length * 3 + 1);
    for (const line of lines) expect(line).toMatch(/: OK$/);
  },
);

test('as JSON they have the names of all other answers', async () => {
  const id = await stage('tree', 'json');
  const { operation_id, files } = stagedDigestsSchema.parse(JSON.parse((await digests(id)).text));
  expect([operation_id, files.length]).toEqual([id, names.length * 3 + 1]);
  const found = new Map(files.map((file) => [file.path, file.sha256]));
  expect(found.get('table.dat')).toBe(sha256(Buffer.alloc(5_000_000, 1)));
  expect(found.get('ANTENNA/deep/line\nend')).toBe(sha256('ANTENNA/deepline\nend'));
  expect(found.has('ANTENNA/scan\\xe9')).toBe(true);
});

test('for a file they are one line', async () => {
  const id = await stage('small', 'files/one');
  expect((await digests(id, '?format=sha256sums')).text).toBe(`${sha256('small')}  one\n`);
});

test('they are computed once, and removed with the data', async () => {
  const id = await stage('tree', 'kept');
  const first = (await digests(id)).text;
  const kept = join(started().service.userAreas, '.staging', `digests-${id}`);
  expect(await readdir(kept)).toEqual(['sha256']);
  expect((await Promise.all([digests(id), digests(id)])).map(({ text }) => text)).toEqual([first, first]);
  await fetch(`${started().service.url}/operations/${id}/data`, { method: 'DELETE' });
  const gone = await digests(id);
  expect([gone.status, gone.problem().code]).toEqual([410, 'DATA_REMOVED']);
  await expect(readdir(kept)).rejects.toThrow('ENOENT');
});

test.each([
  ['a file that was changed', 'small', () => change(area('x1')), 'x1'],
  ['a tree in which a file was changed', 'tree', () => change(area('x2', 'ANTENNA', 'a b')), 'x2'],
  [
    'a link in its place',
    'small',
    async () => {
      await rename(area('x3'), area('x4'));
      await writeFile(area('secret'), 'secret');
      await symlink(area('secret'), area('x3'));
    },
    'x3',
  ],
] as const)('%s has none, even if they were known', async (_what, source, disturb, target) => {
  const id = await stage(source, target);
  expect((await digests(id)).status).toBe(200);
  await disturb();
  const answer = await digests(id);
  expect([answer.status, answer.problem().code]).toEqual([409, 'DATA_CHANGED']);
  expect(answer.text).not.toContain(sha256('secret'));
});

async function change(path: string) {
  await chmod(path, 0o600);
  const text = await readFile(path, 'utf8');
  await writeFile(path, `X${text.slice(1)}`);
}
