import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { acceptedAnswerSchema, operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { problemSchema } from '../../../shared/http/contract/answers/problem.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { slowBytes, untilAborted } from '../../services/staging/slowCopies.ts';
import { startStagingService } from '../../services/staging/stagingService.ts';
import { partsIn } from '../../services/staging/workspaces.ts';
import { serviceWithSources } from './serviceWithSources.ts';

const started = serviceWithSources({ CONCURRENCY: '1' });

const client = () => clientOf(started().service.url);
const listing = (username: string) => readdir(join(started().service.userAreas, username)).catch(() => []);
const parts = () => partsIn(started().service.userAreas);
const body = (source: string) => ({ local_path_on_storage: source, relative_path: source });

async function begin(username: string, source = 'large'): Promise<string> {
  const headers = { prefer: 'respond-async' };
  const answer = await client().post(`/stage/local?username=${username}`, body(source), headers);
  return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
}
/** Waits until the part file exists. */
const whenUnderWay = () => waitFor(async () => (await parts()).length > 0);
async function abort(id: string, url = started().service.url) {
  const answer = await fetch(`${url}/operations/${id}`, { method: 'DELETE' });
  return { status: answer.status, answer: await answer.json() };
}

test('an abort stops a copy, removes its part file and is recorded; a second one gets the same answer', async () => {
  const id = await begin('ann');
  await whenUnderWay();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { status, answer } = await abort(id);
    expect(status).toBe(200);
    expect(operationSchema.parse(answer)).toMatchObject({ id, phase: 'ABORTED', error_code: 'ABORTED' });
    expect([...(await listing('ann')), ...(await parts())]).toEqual([]);
  }
});

test('a queued operation is aborted immediately, and never starts', async () => {
  const first = await begin('bob');
  await whenUnderWay();
  const waiting = await begin('ben');
  const { status, answer } = await abort(waiting);
  expect([status, operationSchema.parse(answer).phase]).toEqual([200, 'ABORTED']);
  expect(await client().operation(first)).toMatchObject({ phase: 'EXECUTING' });
  expect(await client().operation(waiting)).toMatchObject({ started_at: null, attempts: 0 });
  await abort(first);
  expect((await client().stage('local_copy', 'small', 'small', 'ben')).status).toBe(200);
  expect(await listing('ben')).toEqual(['small']);
});

test('a client that waits for an aborted operation is answered that it was aborted', async () => {
  const asked = client().stage('local_copy', 'large', 'large', 'cid');
  await whenUnderWay();
  const [operation] = await client().operations('&username=cid');
  expect((await abort(operation?.id ?? '')).status).toBe(200);
  const answer = await asked;
  expect([answer.status, answer.problem().code]).toEqual([409, 'ABORTED']);
});

test('an operation that has ended otherwise cannot be aborted, and the answer has its result', async () => {
  await client().stage('local_copy', 'small', 'small', 'dan');
  await client().stage('local_copy', 'missing', 'missing', 'dan');
  for (const { id, phase } of await client().operations('&username=dan')) {
    const { status, answer } = await abort(id);
    const problem = problemSchema.parse(answer);
    expect([status, problem.code, problem.operation_id]).toEqual([409, 'OPERATION_ENDED', id]);
    expect(problem.detail).toContain(phase);
    expect(await client().operation(id)).toMatchObject({ phase });
  }
});

test('the record of a running copy shows its progress', async () => {
  const id = await begin('gus');
  await waitFor(async () => (await client().operation(id)).bytes_done > 0);
  expect(await client().operation(id)).toMatchObject({
    phase: 'EXECUTING',
    bytes_total: slowBytes(untilAborted),
  });
  await abort(id);
}, 60_000);

test('an unknown operation cannot be aborted', async () => {
  const { status } = await abort('00000000-0000-7000-8000-000000000000');
  expect(status).toBe(404);
});

test('an abort works from another instance on the same database', async () => {
  const other = await startStagingService(started().directory, { FUNCTIONS: 'operations' });
  try {
    const id = await begin('eve');
    await whenUnderWay();
    const { status, answer } = await abort(id, other.url);
    expect([status, operationSchema.parse(answer).phase]).toEqual([202, 'EXECUTING']);
    await clientOf(other.url).get(`/operations/${id}?wait=50`);
    expect(await client().operation(id)).toMatchObject({ phase: 'ABORTED' });
    expect(await listing('eve')).toEqual([]);
  } finally {
    await other.kill();
  }
}, 60_000);

test('a download is aborted in the middle, and its client detects that it is incomplete', async () => {
  const answer = await fetch(`${started().service.url}/download/large?username=flo`);
  const [operation] = await client().operations('&username=flo');
  expect((await abort(operation?.id ?? '')).status).toBe(200);
  const readAll = async () => {
    for await (const _chunk of answer.body ?? []);
  };
  await expect(readAll()).rejects.toThrow();
  expect(await client().operation(operation?.id ?? '')).toMatchObject({ phase: 'ABORTED' });
});
