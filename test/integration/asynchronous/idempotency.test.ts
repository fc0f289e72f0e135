import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { acceptedAnswerSchema } from '../../../shared/http/contract/answers/operations.ts';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import { type StagingService, startStagingService } from '../../services/staging/stagingService.ts';
import { serviceWithSources } from './serviceWithSources.ts';

const started = serviceWithSources({ CONCURRENCY: '1' });

const client = () => clientOf(started().service.url);
function stage(key: string, source: string, target: string, prefer?: string, url = started().service.url) {
  const body = { local_path_on_storage: source, relative_path: target };
  const headers = { 'idempotency-key': key, ...(prefer !== undefined && { prefer }) };
  return clientOf(url).post('/stage/local?username=ida', body, headers);
}
const abort = (id: string) => fetch(`${started().service.url}/operations/${id}`, { method: 'DELETE' });

test('while the first request is in progress, the next one waits for its end, or gets a 202 if it prefers that', async () => {
  // One at a time: the request with the key has to wait for this one.
  const before = await stage('before', 'large', 'before', 'respond-async');
  const first = await stage('slow', 'small', 'slow', 'respond-async');
  const { id } = acceptedAnswerSchema.parse(JSON.parse(first.text)).operation;
  const soon = await stage('slow', 'small', 'slow', 'respond-async');
  expect([soon.status, soon.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
  expect(soon.headers.get('location')).toBe(`/operations/${id}`);
  const waiting = stage('slow', 'small', 'slow');
  await abort(acceptedAnswerSchema.parse(JSON.parse(before.text)).operation.id);
  const end = await waiting;
  expect([end.status, end.staged().operation.id]).toEqual([200, id]);
}, 60_000);

test('a request that waits for the first one with its key is answered that it was aborted', async () => {
  const first = await stage('aborted', 'large', 'aborted', 'respond-async');
  const { id } = acceptedAnswerSchema.parse(JSON.parse(first.text)).operation;
  const again = stage('aborted', 'large', 'aborted');
  await waitFor(async () => (await client().operation(id)).phase === 'EXECUTING');
  await abort(id);
  expect((await again).problem()).toMatchObject({ status: 409, code: 'ABORTED', operation_id: id });
}, 60_000);

describeWith('mariadb', 'two instances on one database', (mariaDb) => {
  const services: StagingService[] = [];
  beforeAll(async () => {
    const environment = { DATABASE_URL: await createDatabase(mariaDb) };
    for (let instance = 0; instance < 2; instance += 1) {
      services.push(await startStagingService(started().directory, environment));
    }
  });
  afterAll(() => Promise.all(services.map((service) => service.stop())));

  test('ten concurrent identical requests with one key create one operation', async () => {
    await writeFile(join(started().service.sourceStorage, 'wanted'), Buffer.alloc(30_000_000, 'x'));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        stage('two', 'wanted', 'two', undefined, services[index % 2]?.url),
      ),
    );
    expect(new Set(answers.map((answer) => answer.staged().operation.id)).size).toBe(1);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const operations = await clientOf(services[1]?.url ?? '').operations();
    expect(operations).toMatchObject([{ phase: 'COMPLETED', outcome: 'staged', attempts: 1 }]);
  }, 60_000);
});
