import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { operationPageSchema, stagedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { withFunction } from './withFunction.ts';

const content = Buffer.alloc(20_000_000, 'visibilities');

test('instances that stage to one target at the same time create one file: one stages it, the others find it present', () =>
  withFunction('stageLocal', {}, async ({ invoke, startAnother, addSource, directory }) => {
    await addSource('popular', content);
    const [other, general] = [startAnother('stageLocal'), startAnother('stageData')];
    for (let round = 0; round < 5; round += 1) {
      const order = { local_path_on_storage: 'popular', relative_path: `round-${round}/popular` };
      const body = Buffer.from(JSON.stringify(order));
      const local = await readEvent('stageLocal', { body });
      const byMethod = await readEvent('stageData', { body, query: 'method=local_copy&username=alice' });
      const answers = await Promise.all([invoke(local), other.invoke(local), general.invoke(byMethod)]);
      const outcomes = answers.map(
        ({ bytes }) => stagedAnswerSchema.parse(JSON.parse(bytes.toString())).operation.outcome,
      );
      expect(outcomes.sort()).toEqual(['already_present', 'already_present', 'staged']);
      const folder = join(directory, 'user_areas', 'alice', `round-${round}`);
      expect(await readdir(folder)).toEqual(['popular']);
      expect((await readFile(join(folder, 'popular'))).equals(content)).toBe(true);
    }
    const record = await startAnother('operations').invoke(
      await readEvent('operations', { query: 'limit=200' }),
    );
    const { operations } = operationPageSchema.parse(JSON.parse(record.bytes.toString()));
    expect(operations.map(({ phase }) => phase)).toEqual(Array.from({ length: 15 }, () => 'COMPLETED'));
  }));
