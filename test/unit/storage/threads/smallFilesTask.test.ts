import {
  type FileHandle,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newOperationId } from '../../../../shared/model/operationId.ts';
import { smallPart } from '../../../../shared/storage/copy/partNames.ts';
import { Progress } from '../../../../shared/storage/progress.ts';
import { copySmallFiles } from '../../../../shared/storage/threads/smallFilesTask.ts';

let root: string;
let workspace: FileHandle;
const at = (...names: string[]) => join(root, ...names);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'small-'));
  await mkdir(at('areas', 'ada', 'runs'), { recursive: true });
  await mkdir(at('areas', '.staging'), { mode: 0o700 });
  await mkdir(at('sources', 'run'), { recursive: true });
  await writeFile(at('sources', 'run', 'a'), 'alpha');
  workspace = await open(at('areas', '.staging'));
});
afterEach(async () => {
  await workspace.close();
  await rm(root, { recursive: true, force: true });
});

const sha256 = '8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8';

interface Wanted {
  readonly part?: string;
  readonly source?: string;
  readonly target: string;
  readonly expectedDigests?: { readonly sha256: string };
  readonly publishBefore?: bigint;
}

async function copyAll(wanted: readonly Wanted[]) {
  const outcome = await copySmallFiles({
    sources: at('sources'),
    targets: at('areas'),
    workspaceFd: workspace.fd,
    maxBytes: 100,
    progressMemory: new Progress().memory,
    files: wanted.map((file) => ({
      part: smallPart(newOperationId()),
      source: 'run/a',
      digests: ['sha256'],
      expectedDigests: {},
      publishBefore: process.hrtime.bigint() + 10_000_000_000n,
      ...file,
    })),
  });
  if ('failure' in outcome) throw new Error(outcome.failure.code);
  return outcome.result;
}

test('small files are published read-only, with their digests and times, and leave nothing in the workspace', async () => {
  const copies = await copyAll([{ target: 'ada/runs/a' }, { target: 'ada/b', expectedDigests: { sha256 } }]);
  expect(copies).toMatchObject([
    { bytes: 5, digests: { sha256 }, published: { outcome: 'staged' } },
    { bytes: 5, digests: { sha256 }, published: { outcome: 'staged' } },
  ]);
  const source = await lstat(at('sources', 'run', 'a'));
  for (const path of [at('areas', 'ada', 'runs', 'a'), at('areas', 'ada', 'b')]) {
    expect(await readFile(path, 'utf8')).toBe('alpha');
    const { mode, nlink, mtimeMs } = await lstat(path);
    expect([mode & 0o777, nlink]).toEqual([0o400, 1]);
    expect(Math.abs(mtimeMs - source.mtimeMs)).toBeLessThan(1);
  }
  expect(await readdir(at('areas', '.staging'))).toEqual([]);
});

test('whatever is unusual is left to the other steps, and the files beside it are copied', async () => {
  await writeFile(at('areas', 'ada', 'present'), 'mine');
  await symlink('../../sources', at('areas', 'ada', 'away'));
  await symlink('a', at('sources', 'run', 'link'));
  await symlink('run', at('sources', 'linked'));
  await writeFile(at('sources', 'large'), 'x'.repeat(101));
  await mkdir(at('sources', '.staging'));
  await writeFile(at('sources', '.staging', 'hidden'), 'hidden');
  const unusual: Wanted[] = [
    { target: 'ada/present' },
    { target: 'ada/away/a' },
    { target: 'ada/missing/a' },
    { target: 'eve/a' },
    { target: 'ada/1', source: 'run/link' },
    { target: 'ada/2', source: 'linked/a' },
    { target: 'ada/3', source: 'run' },
    { target: 'ada/4', source: 'none' },
    { target: 'ada/5', source: 'large' },
    { target: 'ada/6', source: '.staging/hidden' },
    { target: 'ada/7', expectedDigests: { sha256: '0'.repeat(64) } },
    { target: 'ada/8', publishBefore: process.hrtime.bigint() },
  ];
  const copies = await copyAll([...unusual, { target: 'ada/good' }]);
  expect(copies.slice(0, -1)).toEqual(unusual.map(() => null));
  expect(copies.at(-1)).toMatchObject({ bytes: 5 });
  expect((await readdir(at('areas', 'ada'))).sort()).toEqual(['away', 'good', 'present', 'runs']);
  expect(await readFile(at('areas', 'ada', 'present'), 'utf8')).toBe('mine');
  expect(await readdir(at('sources'))).not.toContain('a');
  expect(await readdir(at('areas', '.staging'))).toEqual([]);
});

test('of two copies for one name one is published, and the other is left', async () => {
  const copies = await copyAll([{ target: 'ada/a' }, { target: 'ada/a' }]);
  expect(copies.filter((copy) => copy === null)).toHaveLength(1);
  expect(await readdir(at('areas', '.staging'))).toEqual([]);
});

test('a part of an earlier attempt, which may still be running, is left alone, and so is its file', async () => {
  const part = smallPart(newOperationId());
  await writeFile(at('areas', '.staging', part), 'al');
  expect(await copyAll([{ target: 'ada/a', part }])).toEqual([null]);
  expect(await readFile(at('areas', '.staging', part), 'utf8')).toBe('al');
  expect(await readdir(at('areas', 'ada'))).toEqual(['runs']);
});
