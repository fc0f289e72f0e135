import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { directoryPageSchema } from '../../../shared/http/contract/answers/files.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWithMount, mountSmall, unmount } from '../../services/disks/smallFileSystem.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

let directory: string;
let service: StagingService;
beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startStagingService(directory);
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

const client = () => clientOf(service.url);

async function browse(path: string, of = service) {
  const answer = await fetch(`${of.url}/browse?${new URLSearchParams({ path })}`);
  return directoryPageSchema.parse(await answer.json());
}

describe('names that are not UTF-8', () => {
  /** As bytes, and as their escaped text. */
  const names = [
    ['scan\xe8', String.raw`scan\xe8`],
    ['scan\xe9', String.raw`scan\xe9`],
    ['\xc3\xa9t\xc3\xa9\xff\xc3', String.raw`été\xff\xc3`],
    // Text that looks like an escape itself, and text that does not.
    [String.raw`scan\xe9`, String.raw`scan\x5cxe9`],
    [String.raw`a\b\x20\x5`, String.raw`a\b\x20\x5`],
    ['\xef\xbf\xbd', '\ufffd'],
  ] as const;
  const bytes = (...parts: string[]) => Buffer.from(parts.join('/'), 'latin1');
  const sorted = names.map(([name]) => name).sort();

  beforeAll(async () => {
    await mkdir(bytes(service.sourceStorage, 'odd\xe9'));
    for (const [name] of names) await writeFile(bytes(service.sourceStorage, 'odd\xe9', name), bytes(name));
  });

  test('are listed as paths that work in requests', async () => {
    expect((await browse('.')).entries).toMatchObject([{ name: String.raw`odd\xe9`, kind: 'directory' }]);
    const { path, entries } = await browse(String.raw`odd\xe9`);
    expect(path).toBe(String.raw`odd\xe9`);
    expect(new Set(entries.map(({ name }) => name))).toEqual(new Set(names.map(([, shown]) => shown)));
    for (const [name, shown] of names) {
      const staged = await client().stage('local_copy', `${path}/${shown}`, `one/${shown}`, 'ann');
      expect(staged.status).toBe(200);
      expect(await readFile(bytes(service.userAreas, 'ann/one', name))).toEqual(bytes(name));
      const downloaded = await fetch(`${service.url}/download/${encodeURIComponent(`${path}/${shown}`)}`);
      expect(Buffer.from(await downloaded.arrayBuffer())).toEqual(bytes(name));
    }
    expect((await readdir(bytes(service.userAreas, 'ann/one'), 'latin1')).sort()).toEqual(sorted);
  });

  test.each([false, true])(
    'arrive unchanged in a batch of their directory, all or nothing: %s',
    async (whole) => {
      const target = `batch-${whole}`;
      const answer = await client().post('/batches?method=local_copy&username=ann', {
        directory: String.raw`odd\xe9`,
        relative_path: target,
        all_or_nothing: whole,
      });
      expect(answer.status).toBe(202);
      const arrived = () => readdir(bytes(service.userAreas, 'ann', target), 'latin1').catch(() => []);
      await waitFor(async () => (await arrived()).length === names.length);
      expect((await arrived()).sort()).toEqual(sorted);
    },
  );

  test('are refused as targets in a notebook server, which supports only text', async () => {
    const answer = await client().stage('jupyter_copy', String.raw`odd\xe9`, String.raw`x\xe9`, 'ann');
    expect(answer.problem()).toMatchObject({
      code: 'PATH_INVALID',
      detail: expect.stringContaining('UTF-8'),
    });
  });
});

describeWithMount(
  'times outside the calendar (needs root, to mount a file system that supports them)',
  () => {
    let storage: string;
    let served: StagingService;
    beforeAll(async () => {
      storage = join(directory, 'times');
      await mkdir(storage);
      mountSmall(storage, 1);
      await mkdir(join(storage, 'below'));
      served = await startStagingService(directory, { SOURCE_STORAGE_PATH: storage });
      for (const [name, time] of [
        ['far', '9999999999999'],
        ['farther', '9223372036854775807'],
        ['early', '-99999999999999'],
        ['future', '4102444800'],
      ] as const) {
        for (const file of [join(storage, name), join(storage, 'below', name)]) {
          await writeFile(file, name);
          execFileSync('touch', ['--date', `@${time}`, file]);
        }
      }
    });
    afterAll(async () => {
      await served.stop();
      unmount(storage);
    });

    test('are listed as unknown', async () => {
      expect((await browse('below', served)).entries).toEqual([
        { name: 'early', kind: 'file', size_bytes: 5, modified_at: null },
        { name: 'far', kind: 'file', size_bytes: 3, modified_at: null },
        { name: 'farther', kind: 'file', size_bytes: 7, modified_at: null },
        { name: 'future', kind: 'file', size_bytes: 6, modified_at: '2100-01-01T00:00:00.000Z' },
      ]);
    });

    test.each(['far', 'farther', 'early'])(
      'produce no header, and no condition fails because of them: %s',
      async (name) => {
        const headers = { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' };
        for (const method of ['GET', 'HEAD']) {
          const answer = await fetch(`${served.url}/download/${name}`, { method, headers });
          expect([answer.status, answer.headers.get('last-modified')]).toEqual([200, null]);
        }
        const modified = { 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' };
        expect((await fetch(`${served.url}/download/${name}`, { headers: modified })).status).toBe(200);
      },
    );

    test('do not prevent staging a file', async () => {
      for (const name of ['far', 'farther', 'early']) {
        expect((await clientOf(served.url).stage('local_copy', name, name, 'tim')).status).toBe(200);
      }
      expect((await clientOf(served.url).stage('local_copy', 'below', 'all', 'tim')).status).toBe(200);
      const archive = Buffer.from(await (await fetch(`${served.url}/download/below`)).arrayBuffer());
      for (const time of ['mtime=9999999999999\n', 'mtime=-99999999999999\n'])
        expect(archive.includes(time)).toBe(true);
    });
  },
);
