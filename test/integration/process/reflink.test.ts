import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const mebibyte = 1024 * 1024;

describeWith('btrfs', 'storages on one file system with reflinks', ({ mountPoint }) => {
  let directory: string;
  let service: StagingService;

  beforeAll(async () => {
    directory = await makeDataDirectory();
    await mkdir(join(mountPoint, 'source', 'tree', 'sub'), { recursive: true });
    await mkdir(join(mountPoint, 'areas'));
    const bytes = randomFillSync(Buffer.alloc(100 * mebibyte + 1));
    await writeFile(join(mountPoint, 'source', 'file'), bytes);
    await writeFile(join(mountPoint, 'source', 'tree', 'sub', 'file'), bytes.subarray(0, 50 * mebibyte));
    service = await startStagingService(directory, {
      SOURCE_STORAGE_PATH: join(mountPoint, 'source'),
      TARGET_STORAGE_PATH: join(mountPoint, 'areas'),
    });
  });
  afterAll(async () => {
    await service?.stop();
    await removeDataDirectory(directory);
  });

  test.each([
    ['a file', 'file', ''],
    ['a tree', 'tree', 'sub/file'],
  ])('%s is cloned: the same bytes, read-only, and no block written', async (_what, name, inside) => {
    const answer = await clientOf(service.url).stage('local_copy', name, name, 'rita');
    expect(answer.status).toBe(200);
    const original = await readFile(join(mountPoint, 'source', name, inside));
    const staged = await readFile(join(mountPoint, 'areas', 'rita', name, inside));
    expect(staged.equals(original)).toBe(true);
    expect(ownBytes(join(mountPoint, 'areas', 'rita', name))).toBe(0);
  });

  test('a clone is independent: it keeps its bytes when the source changes', async () => {
    const original = await readFile(join(mountPoint, 'source', 'file'));
    await clientOf(service.url).stage('local_copy', 'file', 'kept', 'rita');
    await writeFile(join(mountPoint, 'source', 'file'), 'other');
    expect((await readFile(join(mountPoint, 'areas', 'rita', 'kept'))).equals(original)).toBe(true);
  });
});

/** Unshared bytes of a file or tree: other suites use this file system at the same time. */
function ownBytes(path: string): number {
  execFileSync('sync', ['--file-system', path]);
  const output = execFileSync('btrfs', ['filesystem', 'du', '--raw', '--summarize', path], {
    encoding: 'utf8',
  });
  const [total, exclusive] = output.trim().split('\n')[1]?.trim().split(/\s+/) ?? [];
  expect(Number(total)).toBeGreaterThan(mebibyte);
  return Number(exclusive);
}
