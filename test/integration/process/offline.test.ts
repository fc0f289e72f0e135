import { once } from 'node:events';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startOfflineService,
} from '../../services/stagingService.ts';

test('Ctrl-C lets a busy function finish and answer, and then ends all with exit code 0', async () => {
  const directory = await makeDataDirectory();
  const service = await startOfflineService(directory);
  // All holes: it takes no space at the source, and a while to copy and digest.
  await writeFile(join(service.sourceStorage, 'cube'), '');
  await truncate(join(service.sourceStorage, 'cube'), 1024 ** 3);
  const ended = once(service.process, 'exit');
  const answer = clientOf(service.url).stage('local_copy', 'cube', 'project/cube');
  const area = join(service.userAreas, 'alice', 'project');
  await waitFor(async () => (await readdir(area).catch(() => [])).some((name) => name.endsWith('.part')));
  service.process.kill('SIGINT');
  expect((await answer).staged().operation).toMatchObject({ outcome: 'staged', bytes_done: 1024 ** 3 });
  expect((await ended)[0]).toBe(0);
  expect(await readdir(area)).toEqual(['cube']);
  await removeDataDirectory(directory);
});

test('a wrong setting ends the start, with the reason', async () => {
  const directory = await makeDataDirectory();
  const start = startOfflineService(directory, { DIGESTS: 'crc' });
  await expect(start).rejects.toThrow('DIGESTS is "crc", and must be');
  await removeDataDirectory(directory);
});
