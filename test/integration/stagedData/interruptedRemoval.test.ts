import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const files = 2000;

/** Three starts, and the recovery checks, ten seconds apart. */
const limitMs = 180_000;

let dataDirectory: string;
let service: StagingService;

beforeAll(async () => {
  dataDirectory = await makeDataDirectory();
  service = await startStagingService(dataDirectory);
  for (let folder = 0; folder < 20; folder += 1) {
    const path = join(service.sourceStorage, 'tree', `${folder}`);
    await mkdir(path, { recursive: true });
    for (let file = 0; file < files / 20; file += 1) await writeFile(join(path, `${file}`), `${file}`);
  }
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(dataDirectory);
});

const read = async (id: string) =>
  operationSchema.parse(JSON.parse((await clientOf(service.url).get(`/operations/${id}`)).text));
const entriesOf = (path: string) => readdir(path).catch((): string[] => []);

/** The progress of a removal when its process is killed. */
const moments: readonly [string, (place: string, workspace: string) => Promise<boolean>][] = [
  ['as it begins', async (_place, workspace) => (await stat(workspace).catch(() => undefined)) !== undefined],
  ['when the data has left its place', async (place) => (await entriesOf(place)).length === 0],
  [
    'while its files are removed',
    async (_place, workspace) =>
      (await entriesOf(join(workspace, 'verified'))).length < 20 &&
      (await entriesOf(workspace)).includes('verified'),
  ],
];

test.each(moments)(
  'a removal that was killed %s is completed after the next start',
  async (moment, isReached) => {
    const target = `tree-${moments.findIndex(([name]) => name === moment)}`;
    const { id } = (await clientOf(service.url).stage('local_copy', 'tree', target, 'ann')).staged()
      .operation;
    const place = join(service.userAreas, 'ann', target);
    const workspace = join(service.userAreas, '.staging', `removal-${id}`);
    const removing = fetch(`${service.url}/operations/${id}/data`, { method: 'DELETE' }).catch(
      () => undefined,
    );
    const isOver = async () => (await read(id).catch(() => undefined))?.removed_at !== null;
    await waitFor(async () => (await isReached(place, workspace)) || (await isOver()));
    await service.kill();
    await removing;
    service = await startStagingService(dataDirectory);
    await waitFor(
      async () => (await read(id)).removed_at !== null && (await entriesOf(workspace)).length === 0,
    );
    expect(await read(id)).toMatchObject({ removed_by: 'anybody', removal_reason: 'user', data: 'removed' });
    await waitFor(
      async () => !(await entriesOf(join(service.userAreas, '.staging'))).includes(`removal-${id}`),
    );
    expect(await entriesOf(place)).toEqual([]);
    expect(await entriesOf(join(service.sourceStorage, 'tree'))).toHaveLength(20);
  },
  limitMs,
);
