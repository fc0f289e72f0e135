import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { clientOf } from '../../contracts/httpClient.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../../services/staging/stagingService.ts';

/** A thousand calls of every kind, the same in every run. */
const calls = Array.from({ length: 1000 }, (_, index) => {
  const method =
    ['local_copy', 'symlink_copy', 'direct_download', 'local_symlink', 'teleport'][index % 5] ?? '';
  const source = ['a', 'b', 'c', 'missing', '../outside'][Math.floor(index / 5) % 5] ?? '';
  const username = ['ann', 'bob', 'bad/name'][index % 3] ?? '';
  return { method, source, username, target: `t${index % 90}` };
});

test('after 1,000 mixed requests the rows, the files and the answers agree', async () => {
  const directory = await makeDataDirectory();
  const service = await startStagingService(directory);
  const client = clientOf(service.url);
  for (const name of ['a', 'b', 'c']) await writeFile(join(service.sourceStorage, name), name.repeat(1000));
  const atOnce = pLimit(25);
  const answers = await atOnce.map(calls, ({ method, source, target, username }) =>
    client.stage(method, source, target, username),
  );

  const operations = await client.operations();
  expect(operations).toHaveLength(1000);
  const phases = new Map<string, number>();
  for (const { phase } of operations) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  const good = answers.filter(({ status }) => status === 200).length;
  expect(Object.fromEntries(phases)).toEqual({ COMPLETED: good, ERROR: 1000 - good });

  const staged = operations.filter(
    ({ outcome, method }) => outcome === 'staged' && method !== 'direct_download',
  );
  for (const { username, relative_path: path, local_path_on_storage: source } of staged) {
    const file = await readFile(join(service.userAreas, username ?? '', path ?? ''), 'utf8');
    expect(file).toBe(source?.repeat(1000));
  }
  const files = await Promise.all(
    ['ann', 'bob'].map((username) => readdir(join(service.userAreas, username))),
  );
  expect(files.flat().sort()).toEqual(staged.map(({ relative_path: path }) => path).sort());
  const areas = (await readdir(service.userAreas)).filter((name) => !name.startsWith('.'));
  expect(areas.sort()).toEqual(['ann', 'bob']);
  await service.stop();
  await removeDataDirectory(directory);
}, 120_000);
