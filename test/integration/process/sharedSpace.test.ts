import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { describeWithMount, mountSmall, unmount } from '../../services/disks/smallFileSystem.ts';
import { createDatabase } from '../../services/mariadb.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { inTheMaking, partsIn } from '../../services/staging/workspaces.ts';

const mebibyte = 1024 * 1024;

let directory: string;
let services: StagingService[];
const areas = () => join(directory, 'areas');
const source = (name: string) => join(directory, 'source_storage', name);

beforeEach(async () => {
  directory = await makeDataDirectory();
  await mkdir(areas());
  services = [];
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.kill()));
  unmount(areas());
  await removeDataDirectory(directory);
});

/** One more instance on the same storages and the same database. */
async function startInstance(databaseUrl: string): Promise<StagingService> {
  const service = await startStagingService(directory, {
    TARGET_STORAGE_PATH: areas(),
    DATABASE_URL: databaseUrl,
  });
  services.push(service);
  return service;
}

async function makeSource(name: string, mebibytes: number): Promise<void> {
  // Without holes, for which a copy reserves no space.
  await writeFile(source(name), Buffer.alloc(mebibytes * mebibyte, 'sky'));
}

/** The results of many concurrent requests for `source`, spread over the instances. */
async function askAtOnce(targets: readonly string[]): Promise<{ target: string; isStaged: boolean }[]> {
  return Promise.all(
    targets.map(async (target, index) => {
      const { url } = services[index % services.length] ?? { url: '' };
      const answer = await clientOf(url).stage('local_copy', 'file', target, 'ann');
      if (answer.status === 200) return { target, isStaged: true };
      expect(answer.problem()).toMatchObject({ status: 507, code: 'NO_SPACE' });
      // Not that the storage ran full in the middle.
      expect(answer.problem().detail).toContain('bytes are needed');
      return { target, isStaged: false };
    }),
  );
}

function testSharedSpace(createUrl: () => Promise<string>): void {
  test('of forty copies requested from two instances, all that fit succeed, and none runs out of space half-way', async () => {
    mountSmall(areas(), 61);
    await makeSource('file', 8);
    const url = await createUrl();
    await Promise.all([startInstance(url), startInstance(url)]);
    let waiting = Array.from({ length: 40 }, (_, index) => `copy-${index}`);
    for (let isFull = false; !isFull; ) {
      const answers = await askAtOnce(waiting);
      waiting = answers.filter(({ isStaged }) => !isStaged).map(({ target }) => target);
      isFull = waiting.length === answers.length;
    }
    const names = await readdir(join(areas(), 'ann'));
    expect(names).toHaveLength(7);
    expect(names.every((name) => name.startsWith('copy-'))).toBe(true);
  });
}

describeWithMount('user areas on a small file system, and two instances (needs root, to mount one)', () => {
  const sqliteUrl = async () => `file:${join(directory, 'shared.db')}`;

  describe('on SQLite', () => testSharedSpace(sqliteUrl));

  test('the reservation of a killed instance is released when its operation is closed', async () => {
    mountSmall(areas(), 600);
    await makeSource('large', 500);
    await makeSource('middle', 200);
    const url = await sqliteUrl();
    const [killed, other] = [await startInstance(url), await startInstance(url)];
    const copying = clientOf(killed.url)
      .stage('local_copy', 'large', 'large', 'kim')
      .catch(() => undefined);
    await waitFor(async () => {
      const [part = ''] = await partsIn(areas());
      const entry = await stat(part).catch(() => undefined);
      return entry?.isFile() === true && entry.size > 1;
    });
    await killed.kill();
    await copying;
    const ask = () => clientOf(other.url).stage('local_copy', 'middle', 'middle', 'bob');
    const refused = await ask();
    expect([refused.status, refused.problem().code]).toEqual([507, 'NO_SPACE']);
    // A new one closes the operations of dead ones; the others would do so later.
    await startInstance(url);
    expect((await ask()).status).toBe(200);
    expect(await inTheMaking(areas())).toEqual([]);
  });
});

describeWith('mariadb', 'two instances on MariaDB', (server) => {
  describeWithMount('and user areas on a small file system (needs root, to mount one)', () =>
    testSharedSpace(() => createDatabase(server)),
  );
});
