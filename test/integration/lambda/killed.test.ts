import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { PrismaClient } from '../../../shared/record/database/generated/sqlite/client.ts';
import { createSqliteAdapter } from '../../../shared/record/database/sqlite/sqlite.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { withFunction } from './withFunction.ts';

const fileCount = 200;
const eventSchema = z.object({ stagingOperations: z.array(z.string()), continued: z.number() });

const scheduled: object = JSON.parse(
  await readFile(new URL('../../fixtures/events/scheduled.json', import.meta.url), 'utf8'),
);

test('a killed instance loses none of hundreds of operations: running ones are closed, and the schedule has the others run', async () => {
  const handed: z.output<typeof eventSchema>[] = [];
  const lambda = createServer(async (request, response) => {
    handed.push(eventSchema.parse(JSON.parse(await text(request))));
    response.writeHead(202, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(lambda, 'listening');
  const address = lambda.address();
  const environment = {
    EXECUTOR: 'lambda',
    AWS_LAMBDA_FUNCTION_NAME: 'staging',
    LAMBDA_ENDPOINT: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_MAX_ATTEMPTS: '1',
  };
  await withFunction('batches', environment, async ({ invoke, send, startAnother, addSource, directory }) => {
    const names = Array.from({ length: fileCount }, (_, number) => `file-${number}`);
    for (const name of names) await addSource(name, name);
    const items = names.map((name) => ({ local_path_on_storage: name, relative_path: `set/${name}` }));
    const order = await readEvent('batches', {
      method: 'POST',
      query: 'method=local_copy&username=alice',
      body: Buffer.from(JSON.stringify({ items })),
      headers: { 'content-type': 'application/json' },
    });
    expect((await invoke(order)).status).toBe(202);
    expect(handed.flatMap(({ stagingOperations }) => stagingOperations)).toHaveLength(fileCount);

    const url = `file:${join(directory, 'staging.db')}`;
    const record = new PrismaClient({ adapter: createSqliteAdapter(url) });
    const count = (...phases: string[]) =>
      record.stagingOperation.count({ where: { phase: { in: phases } } });
    const killed = startAnother('batches');
    const cut = killed.send(handed[0] ?? {}).catch((error: unknown) => String(error));
    await waitFor(async () => (await count('COMPLETED')) > 10);
    await killed.kill();
    await cut;
    // All others have waited for longer than a notification takes.
    const heartbeatAt = new Date(Date.now() - 301_000);
    await record.stagingOperation.updateMany({ where: { phase: 'QUEUED' }, data: { heartbeatAt } });
    while ((await count('QUEUED', 'EXECUTING')) > 0) {
      handed.length = 0;
      await send(scheduled);
      for (const event of handed) await send(event);
    }
    const failed = await record.stagingOperation.findMany({ where: { phase: 'ERROR' } });
    expect(failed.filter(({ errorCode }) => errorCode !== 'INTERRUPTED')).toEqual([]);
    // Not more than ran concurrently.
    expect(failed.length).toBeLessThanOrEqual(8);
    expect((await count('COMPLETED')) + failed.length).toBe(fileCount);
    const staged = await readdir(join(directory, 'user_areas', 'alice', 'set'));
    const completed = await record.stagingOperation.findMany({ where: { phase: 'COMPLETED' } });
    const recorded = completed.map((each) => each.localPathOnStorage ?? '');
    expect(recorded.filter((name) => !staged.includes(name))).toEqual([]);
    // It may have been killed after it had published a file, and before that was recorded.
    expect(staged.length - recorded.length).toBeLessThanOrEqual(failed.length);
    expect(await inTheMaking(join(directory, 'user_areas'))).toEqual([]);
    expect(completed.filter(({ attempts, outcome }) => attempts !== 1 || outcome !== 'staged')).toEqual([]);
    await record.$disconnect();
  });
  lambda.close();
}, 170_000);
