import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stagedStateSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const started = serviceWithSources({ BANDWIDTH_LIMIT: '' });
const client = () => clientOf(started().service.url);
const area = (...names: string[]) => join(started().service.userAreas, 'ann', ...names);
const source = (...names: string[]) => join(started().service.sourceStorage, ...names);
const state = async (id: string) =>
  stagedStateSchema.parse(JSON.parse((await client().get(`/operations/${id}/data`)).text));

test.each([
  ['local_copy', 'a file', 'file'],
  ['local_copy', 'a tree', ''],
  ['symlink_copy', 'a file', 'file'],
  ['symlink_copy', 'a tree', ''],
])('the state of data staged by %s is reported: %s', async (method, what, name) => {
  const folder = `${method} ${what}`;
  await mkdir(source(folder));
  await writeFile(source(folder, 'file'), 'data');
  const staged = await client().stage(method, join(folder, name), folder, 'ann');
  const { id } = staged.staged().operation;
  const present = { state: 'present', reason: null, source: 'same', bytes: 4, files: 1, removed_at: null };
  expect(await state(id)).toMatchObject({ operation_id: id, location: area(folder), ...present });

  if (method === 'local_copy') {
    await writeFile(source(folder, 'file'), 'newer');
    expect(await state(id)).toMatchObject({ state: 'present', source: 'differs' });
  }
  await rename(area(folder), area('aside'));
  expect(await state(id)).toMatchObject({ state: 'gone', source: null });
  await writeFile(area(folder), 'mine');
  expect(await state(id)).toMatchObject({ state: 'changed' });
  await rename(area(folder), area('mine'));
  await rename(area('aside'), area(folder));
  expect(await state(id)).toMatchObject({ state: 'present' });

  await fetch(`${started().service.url}/operations/${id}/data`, { method: 'DELETE' });
  const removed = await state(id);
  expect(removed).toMatchObject({ state: 'removed', removed_by: 'anybody', removal_reason: 'user' });
  expect(removed.reason).toContain('anybody requested it');
});

test('a changed byte in a tree is detected', async () => {
  await mkdir(source('tree'));
  await writeFile(source('tree', 'file'), 'data');
  const { id } = (await client().stage('local_copy', 'tree', 'tree', 'ann')).staged().operation;
  await chmod(area('tree', 'file'), 0o600);
  await writeFile(area('tree', 'file'), 'Xata');
  expect(await state(id)).toMatchObject({ state: 'changed', source: null });
});

test('an operation that has staged nothing has no data', async () => {
  await client().stage('local_copy', 'small', 'x', 'ann');
  const again = (await client().stage('local_copy', 'small', 'x', 'ann')).staged().operation;
  const answer = await client().get(`/operations/${again.id}/data`);
  expect([answer.status, answer.problem().code]).toEqual([409, 'DATA_NOT_STAGED']);
});
