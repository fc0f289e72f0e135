import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { scrape } from './scrape.ts';

let directory: string;
let service: StagingService | undefined;
beforeEach(async () => {
  directory = await makeDataDirectory();
});
afterEach(async () => {
  await service?.stop();
  await removeDataDirectory(directory);
});

async function start(environment: NodeJS.ProcessEnv = {}): Promise<StagingService> {
  service = await startStagingService(directory, environment);
  return service;
}

test('operations are counted as in the record, for every result', async () => {
  const { url, sourceStorage } = await start({
    JUPYTERHUB_URL: 'http://127.0.0.1:1',
    JUPYTERHUB_API_TOKEN: 'x',
  });
  const client = clientOf(url);
  for (const name of ['a', 'b']) await writeFile(join(sourceStorage, name), name.repeat(1000));
  for (const [method, source, target, username] of [
    ['local_copy', 'a', 'a', 'ann'],
    ['local_copy', 'a', 'a', 'ann'],
    ['local_copy', 'b', 'b', 'ann'],
    ['local_copy', 'missing', 'c', 'ann'],
    ['local_copy', '../outside', 'c', 'ann'],
    ['symlink_copy', 'a', 'link', 'bob'],
    ['symlink_copy', 'a', 'link', 'bad/name'],
    ['direct_download', 'b', '', 'bob'],
    ['jupyter_copy', 'a', 'a', 'bob'],
    ['teleport', 'a', 'a', 'bob'],
  ] as const) {
    await client.stage(method, source, target, username);
  }
  await client.post('/stage/local?username=ann', 'no JSON');

  const operations = await client.operations();
  const { sum } = await scrape(url);
  expect(operations).toHaveLength(11);
  expect(sum('staging_operations_total')).toBe(11);
  const methods = ['local_copy', 'symlink_copy', 'direct_download', 'jupyter_copy'];
  for (const method of methods) {
    const own = operations.filter((operation) => operation.method === method);
    for (const outcome of ['staged', 'already_present']) {
      const count = own.filter((operation) => operation.outcome === outcome).length;
      expect([method, outcome, sum('staging_operations_total', { method, outcome })]).toEqual([
        method,
        outcome,
        count,
      ]);
    }
    const bytes = own.filter(({ outcome }) => outcome === 'staged').map((operation) => operation.bytes_done);
    expect(sum('staging_bytes_total', { method })).toBe(bytes.reduce((total, next) => total + next, 0));
    const ran = own.filter(({ started_at }) => started_at !== null).length;
    expect(sum('staging_operation_duration_seconds_count', { method })).toBe(ran);
  }
  const failed = operations.filter(({ phase }) => phase === 'ERROR');
  expect(failed).toHaveLength(6);
  expect(sum('staging_operations_total', { outcome: 'failed' })).toBe(6);
  expect(sum('staging_operation_errors_total')).toBe(6);
  for (const { error_code: code } of failed) {
    const count = failed.filter((other) => other.error_code === code).length;
    expect([code, sum('staging_operation_errors_total', { code: code ?? '' })]).toEqual([code, count]);
  }
  expect(sum('staging_operation_errors_total', { method: 'unknown', code: 'INVALID_METHOD' })).toBe(1);
  expect(sum('staging_storage_free_bytes', { storage: 'target' })).toBeGreaterThan(0);
  for (const left of ['running', 'queued']) expect(sum(`staging_operations_${left}`)).toBe(0);
});

test('metrics show how many operations run and wait, and of how many users, but no name', async () => {
  const hub = createServer();
  hub.listen(0, '127.0.0.1');
  await once(hub, 'listening');
  const address: AddressInfo | string | null = hub.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { url, sourceStorage } = await start({
    CONCURRENCY: '3',
    JUPYTERHUB_URL: `http://127.0.0.1:${port}`,
    JUPYTERHUB_API_TOKEN: 'the-token-of-the-hub',
  });
  await writeFile(join(sourceStorage, 'secret-survey'), 'x');
  // A hub that does not answer delays operations as long as it runs.
  const calls = ['carla', 'carla', 'dmitri', 'edith', 'edith'].map((username, index) =>
    clientOf(url).stage('jupyter_copy', 'secret-survey', `target-${index}`, username),
  );
  const metrics = () => scrape(url);
  const jupyter = { method: 'jupyter_copy' };
  await waitFor(async () => {
    const { sum } = await metrics();
    return (
      sum('staging_operations_running', jupyter) === 3 && sum('staging_operations_queued', jupyter) === 2
    );
  });
  const { sum, text } = await metrics();
  expect(sum('staging_operation_oldest_queued_seconds')).toBeGreaterThan(0);
  expect([2, 3]).toContain(sum('staging_users_running'));
  expect([1, 2]).toContain(sum('staging_user_operations_running_max'));
  expect(text).not.toMatch(/carla|dmitri|edith|secret|target-|the-token/);
  hub.close();
  hub.closeAllConnections();
  await Promise.all(calls);
  const { sum: sumAfter } = await metrics();
  expect([sumAfter('staging_operations_running'), sumAfter('staging_operations_queued')]).toEqual([0, 0]);
  expect(sumAfter('staging_operation_oldest_queued_seconds')).toBe(0);
  expect(sumAfter('staging_users_running')).toBe(0);
});

test('hostile paths and methods create no new labels', async () => {
  const { url } = await start();
  const client = clientOf(url);
  const seriesOf = async () =>
    (await scrape(url)).samples
      .filter(({ name }) => name === 'staging_http_request_duration_seconds_count')
      .map(({ labels }) => `${labels['method']} ${labels['route']} ${labels['status']}`)
      .sort();
  for (let index = 0; index < 30; index += 1) {
    await client.get(`/download/no-such-${index}`);
    await client.get(`/operations/no-such-${index}`);
    await client.get(`/nowhere-${index}/"}evil{x="${index}`);
    await client.get(`/assets/${index}%0Aevil 1`);
    await client.get(`/download/%zz${index}`);
  }
  await ask(url, 'PROPFIND', '/config/');
  await ask(url, 'MKCOL', '/stage-data/');
  // The scrapes before this one are among them.
  await seriesOf();
  expect(await seriesOf()).toEqual([
    'GET /download/*path 4xx',
    'GET /metrics 2xx',
    'GET /operations/:id 4xx',
    'GET other 4xx',
    'other /config 4xx',
    'other /stage_data 4xx',
  ]);
});

test('a process that serves one function has metrics, too, and only for GET and HEAD', async () => {
  const { url } = await start({ FUNCTIONS: 'browse' });
  expect((await scrape(url)).sum('process_resident_memory_bytes')).toBeGreaterThan(0);
  const wrong = await clientOf(url).post('/metrics', {});
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

/** Sends a request by a method that fetch may not send. */
async function ask(url: string, method: string, path: string): Promise<void> {
  const sent = request(url + path, { method }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
}
