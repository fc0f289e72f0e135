import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { serviceWithSources } from '../asynchronous/serviceWithSources.ts';

const started = serviceWithSources({ BANDWIDTH_LIMIT: '' });

/** Users differ from the service's user if possible. */
const owner = process.getuid?.() === 0 ? 12_345 : undefined;

let count = 0;
let username: string;
let source: string;
const area = (...names: string[]) => join(started().service.userAreas, username, ...names);

beforeEach(async () => {
  count += 1;
  username = `user${count}`;
  source = join(started().service.sourceStorage, username);
  await mkdir(join(source, 'inside', 'deeper'), { recursive: true });
  await writeFile(join(source, 'inside', 'file'), 'data');
  await writeFile(join(source, 'inside', 'deeper', 'other'), 'more');
  await mkdir(area());
  if (owner !== undefined) await chown(area(), owner, owner);
});

async function stage(method: string, path: string, target = 'project/staged'): Promise<string> {
  const answer = await clientOf(started().service.url).stage(method, `${username}/${path}`, target, username);
  return answer.staged().operation.id;
}

async function remove(id: string) {
  const answer = await fetch(`${started().service.url}/operations/${id}/data`, { method: 'DELETE' });
  const body: unknown = await answer.json();
  return {
    status: answer.status,
    operation: () => operationSchema.parse(body),
    problem: () => problemSchema.parse(body),
  };
}

const workspace = async () =>
  (await readdir(join(started().service.userAreas, '.staging'))).filter((name) =>
    name.startsWith('removal-'),
  );

const cases = ['local_copy', 'symlink_copy'].flatMap((method) => [
  [method, 'a file', 'inside/file'] as const,
  [method, 'a tree', 'inside'] as const,
]);

test.each(cases)(
  'data staged by %s is removed, which is recorded permanently: %s',
  async (method, _what, path) => {
    const id = await stage(method, path);
    const { status, operation } = await remove(id);
    expect(status).toBe(200);
    expect(operation()).toMatchObject({
      id,
      phase: 'COMPLETED',
      removed_by: 'anybody',
      removal_reason: 'user',
    });
    expect(await readdir(area('project'))).toEqual([]);
    expect(await workspace()).toEqual([]);
    expect(await readFile(join(source, 'inside', 'file'), 'utf8')).toBe('data');
    expect(await readFile(join(source, 'inside', 'deeper', 'other'), 'utf8')).toBe('more');
    const again = await remove(id);
    expect([again.status, again.problem().code]).toEqual([410, 'DATA_REMOVED']);
    expect(again.problem().detail).toContain('anybody requested it');
    await stage(method, path);
    expect(await readdir(area('project'))).toEqual(['staged']);
  },
);

test('a symbolic link is removed, and its target stays', async () => {
  const id = await stage('local_copy', 'inside/file', 'x');
  await rename(area('x'), area('y'));
  await symlink(join(source, 'inside', 'file'), area('x'));
  const { status, problem } = await remove(id);
  expect([status, problem().code]).toEqual([409, 'DATA_CHANGED']);
  expect((await lstat(area('x'))).isSymbolicLink()).toBe(true);
  expect(await readFile(area('y'), 'utf8')).toBe('data');
});

const changes: readonly (readonly [string, string, () => Promise<unknown>])[] = [
  ['a file of which one byte was changed', 'inside/file', () => change(area('project', 'staged'))],
  ['a tree of which one byte was changed', 'inside', () => change(area('project', 'staged', 'file'))],
  [
    'a tree of which one byte deep inside was changed',
    'inside',
    () => change(area('project', 'staged', 'deeper', 'other')),
  ],
  ['a tree with a file more', 'inside', () => add(area('project', 'staged', 'deeper'), 'mine')],
  [
    'a tree with a link in it',
    'inside',
    async () => {
      await chmod(area('project', 'staged', 'deeper'), 0o700);
      await symlink('/etc', area('project', 'staged', 'deeper', 'link'));
    },
  ],
  [
    'another file with the times of the first',
    'inside/file',
    async () => {
      const { atime, mtime } = await stat(area('project', 'staged'));
      await rename(area('project', 'staged'), area('project', 'first'));
      await writeFile(area('project', 'staged'), 'mine');
      await utimes(area('project', 'staged'), atime, mtime);
    },
  ],
];

async function change(path: string) {
  await chmod(path, 0o600);
  const text = await readFile(path, 'utf8');
  await writeFile(path, `X${text.slice(1)}`);
}

async function add(folder: string, name: string) {
  await chmod(folder, 0o700);
  await writeFile(join(folder, name), 'mine');
}

test.each(changes)('%s is not removed, and stays unchanged', async (_what, path, disturb) => {
  const id = await stage('local_copy', path);
  await disturb();
  const before = await listing(area());
  const { status, problem } = await remove(id);
  expect([status, problem().code]).toEqual([409, 'DATA_CHANGED']);
  expect(problem().remedy).toContain('find NAME');
  expect(await listing(area())).toEqual(before);
  expect(await workspace()).toEqual([]);
});

/** Everything in a folder, with its kind, owner and mode. */
async function listing(folder: string) {
  const entries = await readdir(folder, { recursive: true });
  return Promise.all(
    entries.toSorted().map(async (name) => {
      const { mode, uid, ino, size } = await lstat(join(folder, name));
      return [name, mode, uid, ino, size];
    }),
  );
}

test('data that its user has removed or moved is gone, and other data with its name stays', async () => {
  const id = await stage('local_copy', 'inside/file', 'x');
  await rename(area('x'), area('y'));
  const gone = await remove(id);
  expect([gone.status, gone.problem().code]).toEqual([410, 'DATA_GONE']);
  await writeFile(area('x'), 'mine');
  expect((await remove(id)).problem().code).toBe('DATA_CHANGED');
  await rename(area('y'), area('x'));
  expect((await remove(id)).status).toBe(200);
});

test('no link on the way is followed', async () => {
  const id = await stage('local_copy', 'inside/file');
  await rename(area('project'), area('elsewhere'));
  await symlink(area('elsewhere'), area('project'));
  expect((await remove(id)).problem().code).toBe('DATA_GONE');
  expect(await readdir(area('elsewhere'))).toEqual(['staged']);
});

test('a further hard link keeps the file', async () => {
  const id = await stage('local_copy', 'inside/file', 'x');
  await link(area('x'), area('kept'));
  expect((await remove(id)).status).toBe(200);
  expect(await readFile(area('kept'), 'utf8')).toBe('data');
});

test('only data that the operation itself has staged can be removed by it', async () => {
  await stage('local_copy', 'inside/file', 'x');
  const present = await stage('local_copy', 'inside/file', 'x');
  expect((await remove(present)).problem()).toMatchObject({ code: 'DATA_NOT_STAGED', status: 409 });
  await clientOf(started().service.url).get(`/download/${username}/inside/file?username=${username}`);
  expect(await readFile(area('x'), 'utf8')).toBe('data');
  const unknown = await remove('00000000-0000-7000-8000-000000000000');
  expect(unknown.problem().code).toBe('OPERATION_NOT_FOUND');
});

test('of many concurrent removals one succeeds', async () => {
  const id = await stage('local_copy', 'inside');
  const answers = await Promise.all(Array.from({ length: 8 }, () => remove(id)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const codes = answers.filter(({ status }) => status !== 200).map(({ problem }) => problem().code);
  for (const code of codes) expect(['REMOVAL_UNDER_WAY', 'DATA_REMOVED', 'DATA_GONE']).toContain(code);
  expect(await readdir(area('project'))).toEqual([]);
});

test('a removal whose process was killed is continued', async () => {
  const id = await stage('local_copy', 'inside');
  const folder = join(started().service.userAreas, '.staging', `removal-${id}`);
  await mkdir(folder, { mode: 0o700 });
  await rename(area('project', 'staged'), join(folder, 'moved'));
  expect((await remove(id)).status).toBe(200);
  expect(await workspace()).toEqual([]);
});

test('data in the workspace that is not the staged data is put back', async () => {
  const id = await stage('local_copy', 'inside');
  const folder = join(started().service.userAreas, '.staging', `removal-${id}`);
  await mkdir(folder, { mode: 0o700 });
  await change(area('project', 'staged', 'deeper', 'other'));
  await rename(area('project', 'staged'), join(folder, 'moved'));
  await writeFile(area('project', 'staged'), 'in the way');
  expect((await remove(id)).problem().code).toBe('DATA_CHANGED');
  expect(await readFile(area('project', 'staged'), 'utf8')).toBe('in the way');
  const back = area('project', 'staged.not-removed-1');
  expect(await readFile(join(back, 'deeper', 'other'), 'utf8')).toBe('Xore');
  expect(await stat(back)).toMatchObject({ uid: owner ?? process.getuid?.() });
  expect(await workspace()).toEqual([]);
});
