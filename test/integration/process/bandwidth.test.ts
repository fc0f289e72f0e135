import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { partsIn } from '../../services/staging/workspaces.ts';

const kibibyte = 1024;
const totalBytes = 1024 * kibibyte;
const smallFiles = ['0', '1', '2', '3', '4', '5', '6', '7'];

/** A service with a file, and a directory of small files with the same number of bytes. */
function serviceWithLimit(bytesPerSecond: number): () => StagingService {
  let directory: string;
  let service: StagingService;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory, { BANDWIDTH_LIMIT: String(bytesPerSecond) });
    await writeFile(join(service.sourceStorage, 'file'), Buffer.alloc(totalBytes));
    await mkdir(join(service.sourceStorage, 'tree'));
    for (const name of smallFiles) {
      await writeFile(
        join(service.sourceStorage, 'tree', name),
        Buffer.alloc(totalBytes / smallFiles.length),
      );
    }
  });
  afterAll(async () => {
    await service.kill();
    await removeDataDirectory(directory);
  });
  return () => service;
}

/** Ways to move the bytes of the file, or the same number. */
const ways: [title: string, move: (service: StagingService) => Promise<unknown>][] = [
  ['a copy of a file', async ({ url }) => succeed(stage(url, 'file', 'file'))],
  ['a copy of a directory', async ({ url }) => succeed(stage(url, 'tree', 'tree'))],
  [
    'copies of small files',
    async ({ url }) => {
      await Promise.all(smallFiles.map((name) => succeed(stage(url, `tree/${name}`, `small/${name}`))));
    },
  ],
  ['a download of a file', async ({ url }) => succeed(clientOf(url).get('/download/file?username=alice'))],
  [
    'a download of a directory',
    async ({ url }) => succeed(clientOf(url).get('/download/tree?username=alice')),
  ],
];

const stage = (url: string, source: string, target: string) =>
  clientOf(url).stage('local_copy', source, target);

async function succeed(asked: Promise<{ readonly status: number }>): Promise<void> {
  expect((await asked).status).toBe(200);
}

describe('a service with a bandwidth limit', () => {
  const limit = 1024 * kibibyte;
  const service = serviceWithLimit(limit);
  /** A quarter of a second's worth may pass immediately. */
  const allowed = (sinceMs: number) => limit * ((performance.now() - sinceMs) / 1000 + 0.25);

  test.each(ways)('%s respects the limit', async (_, move) => {
    const began = performance.now();
    await move(service());
    expect(totalBytes).toBeLessThanOrEqual(allowed(began));
  });

  test('two copies together respect the limit, and so does their recorded progress', async () => {
    const began = performance.now();
    const ids = [await begin(service(), 'file', 'one'), await begin(service(), 'tree', 'other')];
    await waitFor(async () => {
      const operations = await Promise.all(ids.map((id) => clientOf(service().url).operation(id)));
      const moved = operations.reduce((sum, { bytes_done }) => sum + bytes_done, 0);
      expect(moved).toBeLessThanOrEqual(allowed(began));
      return operations.every(({ phase }) => phase === 'COMPLETED');
    });
  });
});

describe('a service with a limit so low that no copy ends', () => {
  const service = serviceWithLimit(1);
  const listing = () => readdir(join(service().userAreas, 'bob')).catch(() => []);
  const abort = (id: string) => fetch(`${service().url}/operations/${id}`, { method: 'DELETE' });

  test.each(['file', 'tree', 'tree/1'])(
    'an abort ends a copy of %s, and leaves nothing behind',
    async (source) => {
      const id = await begin(service(), source, 'aborted', 'bob');
      await waitFor(async () => (await partsIn(service().userAreas)).length > 0);
      expect(await clientOf(service().url).operation(id)).toMatchObject({
        phase: 'EXECUTING',
        bytes_done: 0,
      });
      const answer = await abort(id);
      expect([answer.status, await answer.json()]).toMatchObject([200, { phase: 'ABORTED' }]);
      expect(await listing()).toEqual([]);
    },
  );

  test.each(['file', 'tree'])('an abort ends a download of %s', async (source) => {
    const answer = clientOf(service().url).get(`/download/${source}?username=cid-${source}`);
    const running = () => clientOf(service().url).operations(`&phase=EXECUTING&username=cid-${source}`);
    await waitFor(async () => (await running()).length === 1);
    const [operation] = await running();
    expect((await abort(operation?.id ?? '')).status).toBe(200);
    expect((await answer).problem().code).toBe('ABORTED');
  });

  test('operations that copy nothing do not wait for any number of copies', async () => {
    const targets = ['a', 'b', 'c', 'd', 'e', 'f'];
    const ids = await Promise.all(targets.map((target) => begin(service(), 'tree', target, 'dan')));
    const running = () => clientOf(service().url).operations('&phase=EXECUTING&username=dan');
    await waitFor(async () => (await running()).length === ids.length);
    const linked = await clientOf(service().url).stage('symlink_copy', 'tree', 'linked', 'eve');
    expect(linked.status).toBe(200);
    for (const id of ids) expect((await abort(id)).status).toBe(200);
  });
});

async function begin(
  { url }: StagingService,
  source: string,
  target: string,
  username = 'alice',
): Promise<string> {
  const body = { local_path_on_storage: source, relative_path: target };
  const headers = { prefer: 'respond-async' };
  const answer = await clientOf(url).post(`/stage/local?username=${username}`, body, headers);
  return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
}
