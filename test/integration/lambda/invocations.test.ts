import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { operationPageSchema } from '../../../shared/http/contract/answers/operations.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { readEvent } from '../../services/lambda/lambdaFunction.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { type FunctionUnderTest, withFunction } from './withFunction.ts';

const eventSchema = z.object({ stagingOperations: z.array(z.string()), continued: z.number() });
type Handed = z.output<typeof eventSchema>;

/** Stands in for AWS Lambda, which accepts events and would pass them to an instance: here the test does that. */
const handed: Handed[] = [];
let refusal: number | undefined;
const lambda = createServer(async (request, response) => {
  const event = eventSchema.parse(JSON.parse(await text(request)));
  expect(request.url).toBe('/2015-03-31/functions/staging/invocations');
  expect(request.headers['x-amz-invocation-type']).toBe('Event');
  if (refusal === undefined) handed.push(event);
  response.writeHead(refusal ?? 202, { 'content-type': 'application/json' }).end('{}');
});
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  lambda.listen(0, '127.0.0.1');
  await once(lambda, 'listening');
  const address = lambda.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  environment = {
    ...slowCopies,
    EXECUTOR: 'lambda',
    AWS_LAMBDA_FUNCTION_NAME: 'staging',
    LAMBDA_ENDPOINT: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_MAX_ATTEMPTS: '1',
  };
});
afterAll(() => void lambda.close());

const withLambda = (run: (underTest: FunctionUnderTest) => Promise<void>) => {
  handed.length = 0;
  refusal = undefined;
  return withFunction('stageLocal', environment, run);
};

const answerAtOnce = { headers: { prefer: 'respond-async' } };

async function recorded({ startAnother }: FunctionUnderTest) {
  const answer = await startAnother('operations').invoke(await readEvent('operations'));
  return operationPageSchema.parse(JSON.parse(answer.bytes.toString())).operations;
}

test('respond-async is answered with 202, and another instance runs the operation', () =>
  withLambda(async (underTest) => {
    const { invoke, addSource, directory, startAnother } = underTest;
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const answer = await invoke(await readEvent('stageLocal', answerAtOnce));
    expect([answer.status, answer.headers['preference-applied']]).toEqual([202, 'respond-async']);
    const [{ id } = { id: '' }] = await recorded(underTest);
    expect(handed).toEqual([{ stagingOperations: [id], continued: 0 }]);
    expect(await readdir(join(directory, 'user_areas'))).toEqual([]);
    const other = startAnother('stageLocal');
    await other.send(handed[0] ?? {});
    expect(await recorded(underTest)).toMatchObject([{ phase: 'COMPLETED', attempts: 1 }]);
    const staged = join(directory, 'user_areas', 'alice', 'project', 'notes.txt');
    expect(await readFile(staged, 'utf8')).toBe('Hello, sky\n');
    // It may be delivered twice, as AWS Lambda documents for all events.
    await other.send(handed[0] ?? {});
    expect(await recorded(underTest)).toMatchObject([{ phase: 'COMPLETED', attempts: 1 }]);
    expect(other.output()).toContain('it does not exist, is running, or has ended');
  }));

test('an invalid event, or one with unknown ids, does nothing, and is logged', () =>
  withLambda(async ({ send, output }) => {
    for (const stagingOperations of [7, ['../../etc'], [null], Array(101).fill(crypto.randomUUID())])
      await send({ stagingOperations });
    await send({ stagingOperations: [], command: 'rm' });
    expect(output().match(/ignored a malformed operations event/g)).toHaveLength(5);
    await send({ stagingOperations: [crypto.randomUUID()] });
    expect(output()).toContain('it does not exist, is running, or has ended');
  }));

test('a request that takes too long is answered with 202', () =>
  withLambda(async ({ startAnother, addSource }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const impatient = startAnother('stageLocal', { ...environment, SYNC_TIMEOUT: '1' });
    expect((await impatient.invoke(await readEvent('stageLocal'))).status).toBe(202);
    expect(handed).toHaveLength(1);
  }));

test('a waiting client is answered when another instance ends the operation', () =>
  withLambda(async ({ invoke, addSource, startAnother }) => {
    await addSource('survey/notes.txt', 'Hello, sky\n');
    const answer = invoke(await readEvent('stageLocal'));
    await once(lambda, 'request');
    await waitFor(() => handed.length > 0);
    await startAnother('stageLocal').send(handed[0] ?? {});
    expect((await answer).status).toBe(200);
  }));

test('unfinished work is passed on to another invocation before the timeout, at most three times', () =>
  withLambda(async (underTest) => {
    const { invoke, addSource, directory, send } = underTest;
    await addSource('survey/notes.txt', '');
    await makeSlowFile(join(directory, 'source_storage', 'survey', 'notes.txt'), untilAborted);
    await invoke(await readEvent('stageLocal', answerAtOnce));
    await send(handed[0] ?? {}, 400);
    expect(await recorded(underTest)).toMatchObject([{ phase: 'QUEUED', attempts: 1 }]);
    expect(handed[1]).toEqual({ ...handed[0], continued: 1 });
    await send(handed[1] ?? {}, 400);
    // Its third attempt was its last.
    await send(handed[2] ?? {}, 400);
    expect(handed).toHaveLength(3);
    expect(await recorded(underTest)).toMatchObject([{ phase: 'ERROR', error_code: 'INTERRUPTED' }]);
    expect(await readdir(join(directory, 'user_areas', 'alice')).catch(() => [])).toEqual([]);
    expect(await inTheMaking(join(directory, 'user_areas'))).toEqual([]);
  }));

test('if AWS Lambda does not accept an event, the operation waits in the database, and the reason is logged', () =>
  withLambda(async (underTest) => {
    const { invoke, addSource, output } = underTest;
    await addSource('survey/notes.txt', 'Hello, sky\n');
    refusal = 429;
    expect((await invoke(await readEvent('stageLocal', answerAtOnce))).status).toBe(202);
    expect(await recorded(underTest)).toMatchObject([{ phase: 'QUEUED', attempts: 0 }]);
    expect(output()).toContain('could not invoke the function');
  }));

test('for a function that runs no operations, an event of operations does nothing', () =>
  withFunction('stageLocal', {}, async ({ send, output }) => {
    await send({ stagingOperations: [crypto.randomUUID()] });
    expect(output()).toContain('this function runs no operations');
  }));
