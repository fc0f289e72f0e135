import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stagedAnswerSchema } from '../../../shared/http/contract/staging.ts';
import { makeDataDirectory, removeDataDirectory } from '../../services/stagingService.ts';
import { type FunctionInstance, postEvent, startInstance } from './functionInstance.ts';

const content = Buffer.alloc(20_000_000, 'visibilities');

let directory: string;
let instances: FunctionInstance[];

beforeAll(async () => {
  directory = await makeDataDirectory();
  await writeFile(join(directory, 'source_storage', 'popular'), content);
  const start = (name: string) => startInstance(name, { DATA_DIR: directory });
  instances = [start('stageLocal'), start('stageLocal'), start('stageData')];
});

afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await removeDataDirectory(directory);
});

test('instances that stage to one target at once make one file: one has staged it, the others find it', async () => {
  const [one, other, another] = instances;
  for (let round = 0; round < 5; round += 1) {
    const body = { local_path_on_storage: 'popular', relative_path: `round-${round}/popular` };
    const local = postEvent('/stage/local', 'username=alice', body);
    const general = postEvent('/stage_data', 'method=local_copy&username=alice', body);
    const answers = await Promise.all([one?.invoke(local), other?.invoke(local), another?.invoke(general)]);
    const outcomes = answers.map(
      (answer) => stagedAnswerSchema.parse(JSON.parse(answer?.body ?? '')).operation.outcome,
    );
    expect(outcomes.sort()).toEqual(['already_present', 'already_present', 'staged']);
    const folder = join(directory, 'user_areas', 'alice', `round-${round}`);
    expect(await readdir(folder)).toEqual(['popular']);
    expect((await readFile(join(folder, 'popular'))).equals(content)).toBe(true);
  }
});

test('a function has no routes of another', async () => {
  const [stageLocal] = instances;
  const answer = await stageLocal?.invoke(postEvent('/stage/symlink', 'username=alice', {}));
  expect([answer?.status, JSON.parse(answer?.body ?? '').code]).toEqual([404, 'ROUTE_NOT_FOUND']);
});
