import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { operationPageSchema } from '../../../shared/http/contract/answers/operations.ts';
import { PrismaClient } from '../../../shared/record/database/generated/sqlite/client.ts';
import { createSqliteAdapter } from '../../../shared/record/database/sqlite/sqlite.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import { inTheMaking, partsIn } from '../../services/staging/workspaces.ts';
import { type FunctionUnderTest, withFunction } from './withFunction.ts';

/** The event of an EventBridge rule. */
const scheduled: object = JSON.parse(
  await readFile(new URL('../../fixtures/events/scheduled.json', import.meta.url), 'utf8'),
);

/** The record itself, bypassing the service. */
function openRecord(directory: string): PrismaClient & AsyncDisposable {
  const client = new PrismaClient({ adapter: createSqliteAdapter(`file:${join(directory, 'staging.db')}`) });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.$disconnect() });
}

async function recorded({ startAnother }: FunctionUnderTest) {
  const answer = await startAnother('operations').invoke(await readEvent('operations'));
  return operationPageSchema.parse(JSON.parse(answer.bytes.toString())).operations;
}

/** Kills an instance of a function in the middle of a copy. */
async function killMeanwhile(underTest: FunctionUnderTest, name: string, event: object): Promise<void> {
  const { startAnother, addSource, directory } = underTest;
  await addSource('survey/notes.txt', '');
  await makeSlowFile(join(directory, 'source_storage', 'survey', 'notes.txt'), untilAborted);
  const instance = startAnother(name, slowCopies);
  const cut = instance.invoke(event).catch((error: unknown) => String(error));
  await waitFor(async () => (await partsIn(join(directory, 'user_areas'))).length > 0);
  await instance.kill();
  expect(await cut).toContain('ended without an answer');
}

test('the leftovers of a killed instance are removed and its operations closed at the next scheduled event', () =>
  withFunction('batches', {}, async (underTest) => {
    const { send, directory, output } = underTest;
    // The first event of an instance recovers by itself, and this one is to be warm.
    await send(scheduled);
    await killMeanwhile(underTest, 'stageLocal', await readEvent('stageLocal'));
    expect(await recorded(underTest)).toMatchObject([{ phase: 'EXECUTING' }]);
    await send(scheduled);
    expect(await recorded(underTest)).toMatchObject([{ phase: 'ERROR', error_code: 'INTERRUPTED' }]);
    expect(await inTheMaking(join(directory, 'user_areas'))).toEqual([]);
    expect(output()).not.toContain('"level":"ERROR"');
  }));

test('a batch whose instance was killed is ended at the next scheduled event', () =>
  withFunction('batches', {}, async (underTest) => {
    const { send, directory } = underTest;
    await send(scheduled);
    const item = { local_path_on_storage: 'survey/notes.txt', relative_path: 'project/notes.txt' };
    const order = await readEvent('batches', {
      method: 'POST',
      query: 'method=local_copy&username=alice',
      body: Buffer.from(JSON.stringify({ items: [item] })),
      headers: { 'content-type': 'application/json' },
    });
    await killMeanwhile(underTest, 'batches', order);
    // From the record itself, because a request for a batch through the service would settle it.
    await using record = openRecord(directory);
    expect(await record.stagingBatch.findMany()).toMatchObject([{ phase: 'QUEUED' }]);
    await send(scheduled);
    expect(await record.stagingBatch.findMany()).toMatchObject([{ phase: 'ERROR' }]);
    expect(await inTheMaking(join(directory, 'user_areas'))).toEqual([]);
  }));

test('with EXECUTOR=lambda, the schedule repeats lost invocations', async () => {
  const asked: unknown[] = [];
  const lambda = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    // The first one is lost.
    response.writeHead(asked.length === 1 ? 429 : 202, { 'content-type': 'application/json' }).end('{}');
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
  await withFunction('batches', environment, async (underTest) => {
    await underTest.addSource('survey/notes.txt', 'Hello, sky\n');
    const respondAsync = { headers: { prefer: 'respond-async' } };
    await underTest.startAnother('stageLocal').invoke(await readEvent('stageLocal', respondAsync));
    const [{ id } = { id: '' }] = await recorded(underTest);
    await underTest.send(scheduled);
    expect(asked).toHaveLength(1);
    await using record = openRecord(underTest.directory);
    const longAgo = new Date(Date.now() - 301_000);
    await record.stagingOperation.update({ where: { id }, data: { heartbeatAt: longAgo } });
    await underTest.send(scheduled);
    expect(asked.slice(1)).toEqual([{ stagingOperations: [id], continued: 0 }]);
  });
  lambda.close();
});

test('a function that runs no operations does no maintenance', () =>
  withFunction('operations', {}, async ({ send, output }) => {
    await send(scheduled);
    expect(output()).not.toContain('"level":"ERROR"');
  }));
