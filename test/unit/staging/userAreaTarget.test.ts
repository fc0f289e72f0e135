import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { newOperationId } from '../../../shared/model/operationId.ts';
import { usernameSchema } from '../../../shared/model/paths.ts';
import { parseRequest } from '../../../shared/staging/parseRequest.ts';
import { openUserAreaTarget } from '../../../shared/staging/target/userAreaTarget.ts';
import { createStorageThreads } from '../../../shared/storage/threads/threadPool.ts';
import { createSpaceReservations } from '../../../shared/storage/userArea/spaceReservations.ts';
import { createWorkspaces } from '../../../shared/storage/userArea/workspaces.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/staging/stagingService.ts';

const threads = createStorageThreads();
const { signal } = new AbortController();
let directory: string;
beforeAll(async () => {
  directory = await makeDataDirectory();
  await mkdir(join(directory, 'user_areas/ann'));
});
afterAll(async () => {
  await threads.close();
  await removeDataDirectory(directory);
});

function openTarget({ username = 'ann', areCreated = true } = {}) {
  const config = parseConfig({ DATA_DIR: directory });
  const { targetStoragePath } = config;
  const record = {
    readReservations: async () => ({ lastNumber: 0, othersBytes: 0 }),
    recordReservation: async () => true,
  };
  const request = parseRequest(
    {
      operationId: newOperationId(),
      method: 'local_copy',
      username: usernameSchema.parse(username),
      sourcePath: 'source',
      targetPath: 'file',
      expectedDigests: {},
      isAwaited: true,
    },
    config,
  );
  return openUserAreaTarget(request, {
    targetStoragePath,
    threads,
    space: createSpaceReservations(targetStoragePath, record),
    workspaces: createWorkspaces(targetStoragePath, threads),
    areCreated,
    worker: 'here',
  });
}

test('a file that is replaced after it was identified is not digested', async () => {
  const path = join(directory, 'user_areas/ann/file');
  await writeFile(path, 'published');
  await using target = openTarget();
  const identity = await target.identify();
  expect(await target.computeDigests(['adler32'], signal, identity)).toEqual({ adler32: '131603c1' });
  await writeFile(`${path}.other`, 'a secret');
  await rename(`${path}.other`, path);
  const digesting = target.computeDigests(['adler32'], signal, identity);
  await expect(digesting).rejects.toMatchObject({ code: 'TARGET_DIFFERS' });
});

test('if the site creates user areas, staging for users without one is refused', async () => {
  await using missing = openTarget({ username: 'eve', areCreated: false });
  await expect(missing.identify()).rejects.toMatchObject({
    code: 'USER_AREA_MISSING',
    message: expect.stringContaining('eve'),
  });
  await using known = openTarget({ areCreated: false });
  expect(await known.identify()).not.toBe('');
  await using made = openTarget({ username: 'new' });
  expect(await made.identify()).toBe('');
});
