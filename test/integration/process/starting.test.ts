import { watch } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startRefused,
  startStagingService,
} from '../../services/staging/stagingService.ts';

let directory: string;
beforeAll(async () => {
  directory = await makeDataDirectory();
});
afterAll(() => removeDataDirectory(directory));

describe('a dangerous configuration is refused at the start in one line that says what to change', () => {
  test.each([
    ['HOST', { HOST: '0.0.0.0' }, /HOST is "0\.0\.0\.0".*ALLOW_INSECURE=true/],
    ['PORT', { PORT: 'eighty' }, /PORT is "eighty", and must be a whole number/],
    [
      'SOURCE_STORAGE_PATH',
      { SOURCE_STORAGE_PATH: '/nowhere/at/all' },
      /SOURCE_STORAGE_PATH is "\/nowhere\/at\/all"/,
    ],
    ['ALLOWED_METHODS', { ALLOWED_METHODS: '["teleport"]' }, /ALLOWED_METHODS is .*JSON list of local_copy/],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:secret@h/d' }, /DATABASE_URL is invalid, and must be/],
    [
      'BANDWIDTH_LIMIT',
      { BANDWIDTH_LIMIT: '0' },
      /BANDWIDTH_LIMIT is "0", and must be a whole number of bytes/,
    ],
    ['FUNCTIONS', { FUNCTIONS: 'stageLocal,nothing' }, /FUNCTIONS is "stageLocal,nothing"/],
    [
      'JUPYTERHUB_API_TOKEN',
      { JUPYTERHUB_API_TOKEN: 'a-secret-0123456789\nabcdef' },
      /JUPYTERHUB_API_TOKEN is invalid, and must be a JupyterHub token: letters/,
    ],
    [
      'JUPYTERHUB_URL',
      { JUPYTERHUB_URL: 'http://staging:secret@hub.example.org' },
      /JUPYTERHUB_URL is "…@hub\.example\.org", and must be .* without a user and password: use JUPYTERHUB_API_/,
    ],
    [
      'CORS_ORIGINS',
      { CORS_ORIGINS: '*' },
      /CORS_ORIGINS is "\*".*\* is refused, because it would admit every/,
    ],
  ])('%s', async (_name, environment, message) => {
    const { code, output } = await startRefused({ DATA_DIR: directory, PORT: '0', ...environment });
    expect(code).toBe(1);
    expect(output).toMatch(message);
    expect(output).not.toContain('secret');
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  test('a database that does not answer', async () => {
    const DATABASE_URL = 'mysql://user:hidden-password@127.0.0.1:1/staging';
    const { code, output } = await startRefused({ DATA_DIR: directory, PORT: '0', DATABASE_URL });
    expect(code).toBe(1);
    expect(output).toContain('The database does not answer');
    expect(output).not.toContain('hidden-password');
  });
});

describe('a service that listens beyond loopback with ALLOW_INSECURE, and makes only symbolic links', () => {
  let service: StagingService;
  beforeAll(async () => {
    const environment = { HOST: '0.0.0.0', ALLOW_INSECURE: 'true', LINK_MODE: 'symbolic' };
    service = await startStagingService(directory, environment);
  });

  test('does not allow pages of other origins unless the site names them', async () => {
    const headers = { origin: 'https://portal.example.org', 'access-control-request-method': 'POST' };
    const { status, headers: answered } = await clientOf(service.url).get('/operations', {
      method: 'OPTIONS',
      headers,
    });
    expect([status, answered.get('access-control-allow-origin')]).toEqual([405, null]);
  });

  test('makes symbolic links', async () => {
    await mkdir(join(service.sourceStorage, 'dataset'), { recursive: true });
    const { operation } = (await clientOf(service.url).stage('symlink_copy', 'dataset', 'dataset')).staged();
    expect(operation.link_type).toBe('symbolic');
  });

  test('ends with exit code 0 on SIGTERM', async () => {
    expect(await service.stop()).toBe(0);
  });
});

test('a process serves only the functions in FUNCTIONS', async () => {
  const service = await startStagingService(directory, { FUNCTIONS: 'stageLocal,operations' });
  const client = clientOf(service.url);
  await writeFile(join(service.sourceStorage, 'x'), 'x');
  const body = { local_path_on_storage: 'x', relative_path: 'x' };
  expect((await client.post('/stage/local?username=alice', body)).status).toBe(200);
  expect((await client.get('/operations')).status).toBe(200);
  for (const path of ['/stage/symlink?username=alice', '/stage_data?method=local_copy&username=alice']) {
    expect((await client.post(path, body)).problem().code).toBe('ROUTE_NOT_FOUND');
  }
  await service.stop();
});

test('frequent readiness checks cause only occasional writes', async () => {
  const service = await startStagingService(directory);
  const seen: string[] = [];
  const watcher = watch(
    service.userAreas,
    (_event, name) => void (name?.startsWith('.readiness') && seen.push(name)),
  );
  const asked = Array.from({ length: 50 }, () => fetch(`${service.url}/readyz`));
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
  await waitFor(async () => seen.length > 0);
  expect(new Set(seen).size).toBeLessThan(10);
  watcher.close();
  await service.stop();
});

test('a process that serves a single function still answers probes', async () => {
  const service = await startStagingService(directory, { FUNCTIONS: 'stageSymlink' });
  const client = clientOf(service.url);
  expect((await client.get('/healthz')).status).toBe(200);
  expect(JSON.parse((await client.get('/readyz')).text)).toMatchObject({ status: 'ready' });
  await rm(service.userAreas, { recursive: true });
  // The result is cached for some seconds, because the checks write.
  await waitFor(async () => (await client.get('/readyz')).status !== 200);
  const broken = await client.get('/readyz');
  expect([broken.status, JSON.parse(broken.text)]).toMatchObject([
    503,
    { status: 'not_ready', checks: { database: 'ok', target_storage: 'failed: ENOENT' } },
  ]);
  expect((await client.get('/healthz')).status).toBe(200);
  expect((await client.get('/config')).problem().code).toBe('ROUTE_NOT_FOUND');
  await mkdir(service.userAreas);
  await service.stop();
});

test('a method that the site does not allow is refused by every endpoint', async () => {
  const ALLOWED_METHODS = '["local_copy","direct_dowload"]';
  const service = await startStagingService(directory, { ALLOWED_METHODS });
  const client = clientOf(service.url);
  const body = { local_path_on_storage: 'x', relative_path: 'y' };
  for (const path of ['/stage/symlink?username=a', '/stage_data?method=symlink_copy&username=a']) {
    const answer = await client.post(path, body);
    expect([answer.status, answer.problem().detail]).toEqual([400, 'Invalid staging method: symlink_copy']);
  }
  const methods = JSON.parse((await client.get('/config/allowed-methods')).text);
  expect(methods).toEqual({ allowed_methods: ['local_copy', 'direct_download'] });
  await service.stop();
});
