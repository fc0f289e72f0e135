import { expect, test } from '@jest/globals';
import { acceptedAnswerSchema, operationSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { startStagingService } from '../../services/staging/stagingService.ts';
import { serviceWithSources } from './serviceWithSources.ts';

const started = serviceWithSources({ SHUTDOWN_TIMEOUT: '20' });

const client = () => clientOf(started().service.url);
const body = (source: string, target: string) => ({ local_path_on_storage: source, relative_path: target });
async function begin(source: string, target: string): Promise<string> {
  const headers = { prefer: 'respond-async' };
  const answer = await client().post('/stage/local?username=alice', body(source, target), headers);
  return acceptedAnswerSchema.parse(JSON.parse(answer.text)).operation.id;
}
async function look(id: string, wait: number | string, url = started().service.url) {
  const answer = await clientOf(url).get(`/operations/${id}?wait=${wait}`);
  return operationSchema.parse(JSON.parse(answer.text));
}
/** Waits from phase to phase, as a UWS client does. */
async function waitToTheEnd(id: string, url?: string) {
  await waitFor(async () => !['QUEUED', 'EXECUTING'].includes((await look(id, -1, url)).phase));
  return look(id, 0, url);
}

test('a wait ends when the phase changes, for all clients, in this process and in another', async () => {
  const other = await startStagingService(started().directory, { FUNCTIONS: 'operations' });
  try {
    const id = await begin('slow', 'slow');
    const waiting = Array.from({ length: 50 }, () => waitToTheEnd(id));
    const elsewhere = waitToTheEnd(id, other.url);
    const ends = await Promise.all([...waiting, elsewhere]);
    expect(new Set(ends.map(({ phase }) => phase))).toEqual(new Set(['COMPLETED']));
  } finally {
    await other.kill();
  }
}, 60_000);

test('a wait for an ended operation is answered immediately', async () => {
  const id = await begin('small', 'small');
  await waitToTheEnd(id);
  expect(await look(id, 86_400)).toMatchObject({ phase: 'COMPLETED' });
});

test('a wait that times out is answered with the current state of the operation', async () => {
  const id = await begin('slow', 'again');
  await waitFor(async () => (await look(id, 0)).phase !== 'QUEUED');
  expect(await look(id, 1)).toMatchObject({ phase: 'EXECUTING' });
  await waitToTheEnd(id);
}, 60_000);

test('a wait that is not a number of seconds is refused', async () => {
  const answer = await client().get('/operations/01a20a40-d229-735a-82ab-50759d5b3ff6?wait=long');
  expect([answer.status, answer.problem().code]).toEqual([422, 'BODY_INVALID']);
});

test('when the service stops, waiting clients are answered immediately, before the operation has ended', async () => {
  const id = await begin('slow', 'stopped');
  await waitFor(async () => (await look(id, 0)).phase !== 'QUEUED');
  const waiting = look(id, 50);
  // The server has received the wait only when it has accepted this later request.
  await client().get('/healthz');
  const stopped = started().service.stop();
  expect(await waiting).toMatchObject({ phase: 'EXECUTING' });
  expect(await stopped).toBe(0);
}, 60_000);
