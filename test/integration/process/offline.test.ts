import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { makeSlowFile, slowBytes, slowCopies } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startOfflineService,
} from '../../services/staging/stagingService.ts';
import { partsIn } from '../../services/staging/workspaces.ts';

test('Ctrl-C lets a busy function finish and answer, and then ends all with exit code 0', async () => {
  const directory = await makeDataDirectory();
  const service = await startOfflineService(directory, slowCopies);
  await makeSlowFile(join(service.sourceStorage, 'cube'), 4);
  const ended = once(service.process, 'exit');
  const answer = clientOf(service.url).stage('local_copy', 'cube', 'project/cube');
  const area = join(service.userAreas, 'alice', 'project');
  await waitFor(async () => (await partsIn(service.userAreas)).length > 0);
  service.process.kill('SIGINT');
  expect((await answer).staged().operation).toMatchObject({ outcome: 'staged', bytes_done: slowBytes(4) });
  expect((await ended)[0]).toBe(0);
  expect(await readdir(area)).toEqual(['cube']);
  await removeDataDirectory(directory);
});

test('an invalid setting fails the start, with the reason', async () => {
  const directory = await makeDataDirectory();
  const start = startOfflineService(directory, { DIGESTS: 'crc' });
  await expect(start).rejects.toThrow('DIGESTS is "crc", and must be');
  await removeDataDirectory(directory);
});
