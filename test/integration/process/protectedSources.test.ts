import { chmod, lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

let directory: string;
let service: StagingService;

beforeEach(async () => {
  directory = await makeDataDirectory();
});
afterEach(async () => {
  await service.kill();
  await removeDataDirectory(directory);
});

async function start(settings: NodeJS.ProcessEnv = {}): Promise<void> {
  service = await startStagingService(directory, settings);
}

const source = (name: string) => join(service.sourceStorage, name);
const modeOf = async (path: string) => ((await lstat(path)).mode & 0o7777).toString(8);

async function makeFile(name: string, mode: number): Promise<void> {
  await mkdir(join(source(name), '..'), { recursive: true });
  await writeFile(source(name), name);
  await chmod(source(name), mode);
}

async function link(path: string) {
  return clientOf(service.url).stage('symlink_copy', path, path, 'alice');
}

test('a protected source is linked symbolically if it is writable, else hard', async () => {
  await start({ PROTECT_SOURCE: 'false' });
  await makeFile('open', 0o664);
  await makeFile('closed', 0o444);
  await makeFile('tree/closed', 0o444);
  await makeFile('tree/open', 0o620);
  const types = [];
  for (const name of ['open', 'closed', 'tree']) types.push((await link(name)).staged().operation.link_type);
  expect(types).toEqual(['symbolic', 'hard', 'symbolic']);
  const modes = ['open', 'closed', 'tree/closed', 'tree/open'].map((name) => modeOf(source(name)));
  expect(await Promise.all(modes)).toEqual(['664', '444', '444', '620']);
  expect((await lstat(join(service.userAreas, 'alice/tree'))).isSymbolicLink()).toBe(true);
});

test('with hard links only, a writable source is refused', async () => {
  await start({ PROTECT_SOURCE: 'false', LINK_MODE: 'hard' });
  await makeFile('tree/open', 0o620);
  expect((await link('tree')).problem()).toMatchObject({
    status: 409,
    code: 'LINK_IMPOSSIBLE',
    detail: expect.stringContaining('PROTECT_SOURCE is false'),
  });
  expect(await modeOf(source('tree/open'))).toBe('620');
});

test('the log has the former modes of sources', async () => {
  await start();
  await makeFile('tree/deep/open', 0o664);
  await makeFile('tree/group', 0o1640);
  await makeFile('tree/closed', 0o400);
  await makeFile('file', 0o644);
  for (const name of ['tree', 'file']) (await link(name)).staged();
  const log = service.output();
  const lines = log.split('\n').filter((line) => line.includes('formerModes'));
  const former = lines.flatMap((line) => JSON.parse(line).formerModes).toSorted();
  expect(former).toEqual(['0644 file', '0664 tree/deep/open', '1640 tree/group']);
  expect(await modeOf(source('tree/deep/open'))).toBe('444');
});

test('the root of the storage is not linked, under any of its names', async () => {
  await start();
  await makeFile('file', 0o644);
  for (const path of ['.', './.', service.sourceStorage]) {
    const answer = await clientOf(service.url).stage('symlink_copy', path, 'all', 'alice');
    expect(answer.problem()).toMatchObject({ status: 400, code: 'SOURCE_IS_ROOT' });
  }
  expect(await modeOf(source('file'))).toBe('644');
});
