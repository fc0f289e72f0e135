import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { batchSchema } from '../../../shared/http/contract/answers/batches.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const run = promisify(execFile);
const started = serviceWithSources({
  BANDWIDTH_LIMIT: '',
  DIGESTS: 'none',
  TREE_DIGESTS: 'true',
  LINK_MODE: 'symbolic',
});
const client = () => clientOf(started().service.url);
const workspace = (...names: string[]) => join(started().service.userAreas, '.staging', ...names);

beforeAll(async () => {
  const tree = join(started().service.sourceStorage, 'tree');
  await mkdir(join(tree, 'ANTENNA', 'deep'), { recursive: true });
  for (const name of ['empty', 'line\nend', 'back\\slash']) {
    await writeFile(join(tree, 'ANTENNA', name), name === 'empty' ? '' : name);
  }
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from('scan\xe9', 'latin1')]), 'scan');
  await writeFile(join(tree, 'ANTENNA', 'deep', 'large'), Buffer.alloc(5_000_000, 1));
  await symlink('ANTENNA/deep/large', join(tree, 'linked'));
  for (let file = 0; file < 300; file += 1)
    await writeFile(join(tree, 'ANTENNA', 'deep', `${file}`), `${file}`);
});

const stage = async (target: string, method = 'local_copy') =>
  (await client().stage(method, 'tree', target, 'ann')).staged().operation.id;

test('digests are known when a tree has been copied, and sha256sum verifies all files', async () => {
  const id = await stage('copied');
  const list = workspace(`digests-${id}`, 'sha256');
  // Before the first request for them.
  const kept = await readFile(list, 'latin1');
  const answer = await client().get(`/operations/${id}/digests?format=sha256sums`);
  expect(answer.status).toBe(200);
  expect(await readFile(list, 'latin1')).toBe(kept);
  const { stdout } = await run('sha256sum', ['-c', '--strict', list], {
    cwd: join(started().service.userAreas, 'ann', 'copied'),
    encoding: 'latin1',
  });
  const lines = stdout.split('\n').filter(Boolean);
  expect(lines).toHaveLength(306);
  for (const line of lines) expect(line).toMatch(/: OK$/);
  await fetch(`${started().service.url}/operations/${id}/data`, { method: 'DELETE' });
  await expect(readdir(workspace(`digests-${id}`))).rejects.toThrow('ENOENT');
});

test('a tree with symbolic links has digests, which do not follow links but count them', async () => {
  const { url } = started().service;
  const items = ['ANTENNA/empty', 'linked'].map((name) => ({
    local_path_on_storage: `tree/${name}`,
    relative_path: `set/${name}`,
  }));
  const answer = await fetch(`${url}/batches?method=symlink_copy&username=ann`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ items, relative_path: 'set', all_or_nothing: true }),
  });
  const { id } = batchSchema.parse(await answer.json());
  await waitFor(
    async () => batchSchema.parse(await (await fetch(`${url}/batches/${id}`)).json()).phase === 'COMPLETED',
  );
  const { status, text } = await client().get(`/operations/${id}/digests`);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({ operation_id: id, algorithm: 'sha256', files: [], links_left_out: 2 });
});
