import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { slowBytes } from '../../services/staging/slowCopies.ts';
import { partsIn } from '../../services/staging/workspaces.ts';
import { serviceWithSources, slowSeconds } from './serviceWithSources.ts';

const started = serviceWithSources({ SYNC_TIMEOUT: '1' });

const client = () => clientOf(started().service.url);
const stage = (source: string, target: string, prefer?: string, query = 'method=local_copy&username=alice') =>
  client().post(
    `/stage_data?${query}`,
    { local_path_on_storage: source, relative_path: target },
    prefer === undefined ? {} : { prefer },
  );
const whenEnded = (location: string) =>
  waitFor(async () => {
    const answer = await client().get(location);
    return !['QUEUED', 'EXECUTING'].includes(JSON.parse(answer.text).phase);
  });

test.each(['local_copy', 'local_symlink'])(
  'respond-async is answered immediately, and %s runs to its end',
  async (method) => {
    const answer = await stage('small', method, 'respond-async', `method=${method}&username=alice`);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('respond-async');
    const { message, operation } = acceptedAnswerSchema.parse(JSON.parse(answer.text));
    expect(message).toContain(`with method ${method} was accepted`);
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe(`/operations/${operation.id}`);
    await whenEnded(location);
    expect(await client().operation(operation.id)).toMatchObject({ phase: 'COMPLETED', outcome: 'staged' });
    expect(await readFile(join(started().service.userAreas, 'alice', method), 'utf8')).toBe('small');
  },
);

test('a request that exceeds SYNC_TIMEOUT is answered with 202, and its data is complete in the end', async () => {
  const answer = await stage('slow', 'slow');
  expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, null]);
  expect(JSON.parse(answer.text).operation.phase).toBe('EXECUTING');
  await whenEnded(answer.headers.get('location') ?? '');
  expect((await stat(join(started().service.userAreas, 'alice', 'slow'))).size).toBe(slowBytes(slowSeconds));
}, 60_000);

test('wait=N limits the time until the answer; an operation that ends before is answered as usual', async () => {
  const waited = await stage('slow', 'waited', 'wait=0');
  expect([waited.status, waited.headers.get('preference-applied')]).toEqual([202, 'wait=0']);
  const both = await stage('small', 'both', 'respond-async, wait=1');
  expect([both.status, both.staged().operation.phase]).toEqual([200, 'COMPLETED']);
  await whenEnded(waited.headers.get('location') ?? '');
}, 60_000);

test('errors in the request are answered immediately, and each request leaves one row', async () => {
  const before = (await client().operations()).length;
  const wrong = await stage('small', 'x', 'respond-async', 'method=teleport&username=alice');
  expect([wrong.status, wrong.problem().code]).toEqual([400, 'INVALID_METHOD']);
  const noBody = await client().post('/stage/local?username=alice', '{', { prefer: 'respond-async' });
  expect(noBody.status).toBe(422);
  expect(await client().operations()).toHaveLength(before + 2);
});

test('later errors are in the operation', async () => {
  const answer = await stage('missing', 'missing', 'respond-async');
  expect(answer.status).toBe(202);
  const location = answer.headers.get('location') ?? '';
  await whenEnded(location);
  const operation = await client().operation(location.replace('/operations/', ''));
  expect(operation).toMatchObject({ phase: 'ERROR', error_code: 'SOURCE_NOT_FOUND' });
});

test('direct_download answers with the data, even if the client prefers respond-async', async () => {
  const answer = await stage('small', '', 'respond-async', 'method=direct_download&username=alice');
  expect([answer.status, answer.text]).toEqual([200, 'small']);
  expect(answer.headers.get('preference-applied')).toBeNull();
});

test('a client that disconnects does not stop its operation', async () => {
  const abort = new AbortController();
  const body = JSON.stringify({ local_path_on_storage: 'slow', relative_path: 'left' });
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const asked = fetch(`${started().service.url}/stage/local?username=leah`, {
    ...request,
    signal: abort.signal,
  });
  const ended = expect(asked).rejects.toThrow();
  const listing = (): Promise<string[]> => readdir(join(started().service.userAreas, 'leah')).catch(() => []);
  await waitFor(async () => (await partsIn(started().service.userAreas)).length > 0);
  abort.abort();
  await ended;
  await waitFor(async () => (await listing()).includes('left'));
  expect(await client().operations('&username=leah')).toHaveLength(1);
}, 60_000);
