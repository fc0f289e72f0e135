import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWithMount, mountSmall, unmount } from '../../services/disks/smallFileSystem.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';

describeWithMount('a user area on a small file system (needs root, to mount one)', () => {
  let directory: string;
  let service: StagingService;
  const small = () => join(directory, 'small');
  const client = () => clientOf(service.url);
  const mebibyte = 1024 * 1024;

  beforeAll(async () => {
    directory = await makeDataDirectory();
    await mkdir(small());
    mountSmall(small(), 8, ',nr_inodes=200');
    service = await startStagingService(directory, { TARGET_STORAGE_PATH: small() });
    const source = (name: string) => join(directory, 'source_storage', name);
    await writeFile(source('too-large'), Buffer.alloc(9 * mebibyte));
    await writeFile(source('three'), Buffer.alloc(3 * mebibyte, 'x'));
    await mkdir(source('many'));
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => writeFile(join(source('many'), `${index}`), 'x')),
    );
  });
  afterAll(async () => {
    await service.stop();
    unmount(small());
    await removeDataDirectory(directory);
  });

  test('data that cannot fit is refused with 507 before anything is created', async () => {
    const answer = await client().stage('local_copy', 'too-large', 'x', 'ann');
    expect([answer.status, answer.problem().code]).toEqual([507, 'NO_SPACE']);
    expect(
      (await readdir(small())).filter((name) => !['.staging', '.staging-storage-id'].includes(name)),
    ).toEqual([]);
    expect(await client().operation(answer.problem().operation_id ?? '')).toMatchObject({
      phase: 'ERROR',
      error_code: 'NO_SPACE',
      error_reason: expect.stringContaining('9437184 bytes are needed'),
    });
  });

  test("of two copies that fit only one at a time, neither writes into the other's reserved space", async () => {
    const answers = await Promise.all(
      ['1', '2', '3', '4'].map((name) => client().stage('local_copy', 'three', name, 'pia')),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 507, 507]);
    expect(await readdir(join(small(), 'pia'))).toHaveLength(2);
  });

  test('if the storage fills up during a copy, the answer is 507, no part file is left, and the service keeps running', async () => {
    const answer = await client().stage('local_copy', 'many', 'many', 'ian');
    expect([answer.status, answer.problem().code]).toEqual([507, 'NO_SPACE']);
    expect(await readdir(join(small(), 'ian')).catch(() => [])).toEqual([]);
    expect(await inTheMaking(small())).toEqual([]);
    expect((await client().get('/healthz')).status).toBe(200);
    const [operation] = await client().operations();
    expect(operation).toMatchObject({ phase: 'ERROR', error_reason: expect.stringContaining('full') });
  });
});

describeWithMount('a record on a small file system (needs root, to mount one)', () => {
  let directory: string;
  let service: StagingService;
  const disk = () => join(directory, 'disk');

  beforeAll(async () => {
    directory = await makeDataDirectory();
    await mkdir(disk());
    mountSmall(disk(), 4);
    service = await startStagingService(directory, { DATABASE_URL: `file:${disk()}/staging.db` });
    await writeFile(join(service.sourceStorage, 'file'), 'x');
  });
  afterAll(async () => {
    await service.stop();
    unmount(disk());
    await removeDataDirectory(directory);
  });

  const readiness = async () => (await fetch(`${service.url}/readyz`)).text();
  const stage = async (target: string) =>
    (await clientOf(service.url).stage('local_copy', 'file', target)).status;

  test('that is full is reported, and the service recovers automatically when there is space again', async () => {
    expect(await stage('before')).toBe(200);
    const filling = writeFile(join(disk(), 'filler'), Buffer.alloc(8 * 1024 * 1024));
    await expect(filling).rejects.toMatchObject({ code: 'ENOSPC' });
    await waitFor(async () => (await stage(`during-${Date.now()}`)) === 503);
    await waitFor(async () => /failed: The database has no space left/.test(await readiness()));
    await rm(join(disk(), 'filler'));
    expect(await stage('after')).toBe(200);
    await waitFor(async () => /"status":"ready"/.test(await readiness()));
  });
});
