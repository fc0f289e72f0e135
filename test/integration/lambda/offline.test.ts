import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { freePort } from '../../services/freePort.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startOfflineService,
} from '../../services/staging/stagingService.ts';

let service: StagingService;
let directory: string;

const lambdaPort = await freePort();

beforeAll(async () => {
  directory = await makeDataDirectory();
  service = await startOfflineService(directory, {
    EXECUTOR: 'lambda',
    LAMBDA_PORT: String(lambdaPort),
    SYNC_TIMEOUT: '25',
  });
  await mkdir(service.sourceStorage, { recursive: true });
  await writeFile(join(service.sourceStorage, 'notes.txt'), 'Hello, sky\n');
});
afterAll(async () => {
  await service.stop();
  await removeDataDirectory(directory);
});

const stage = (target: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${service.url}/stage_data?method=local_copy&username=alice`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ local_path_on_storage: 'notes.txt', relative_path: target }),
  });

test('behind serverless-offline, respond-async is answered with 202, and another invocation stages the file', async () => {
  const answer = await stage('later.txt', { prefer: 'respond-async' });
  expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
  const { operation } = acceptedAnswerSchema.parse(await answer.json());
  await waitFor(async () => (await clientOf(service.url).operation(operation.id)).phase === 'COMPLETED');
  expect(await readFile(join(service.userAreas, 'alice', 'later.txt'), 'utf8')).toBe('Hello, sky\n');
});

test('behind serverless-offline, a waiting client is answered when the operation ends', async () => {
  const answer = await stage('now.txt');
  expect(answer.status).toBe(200);
  expect(await readFile(join(service.userAreas, 'alice', 'now.txt'), 'utf8')).toBe('Hello, sky\n');
});

test('behind serverless-offline, the scheduled function accepts events of EventBridge', async () => {
  const url = `http://127.0.0.1:${lambdaPort}/2015-03-31/functions/ska-staging-service-dev-batches/invocations`;
  const event = await readFile(new URL('../../fixtures/events/scheduled.json', import.meta.url));
  const answer = await fetch(url, { method: 'POST', body: event });
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
});
