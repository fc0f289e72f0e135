import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../services/describeWith.ts';
import { authenticatingProxy } from '../../services/nginx.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('nginx', 'a service behind a proxy that authenticates', ({ origin }) => {
  let directory: string;
  let service: StagingService;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    service = await startStagingService(directory, {
      AUTH_MODE: 'header',
      TRUSTED_PROXIES: authenticatingProxy,
      OPERATOR_GROUPS: 'staging-operators',
      PUBLIC_URLS: origin,
    });
    await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
  });
  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(directory);
  });

  const password = (user: string) => `Basic ${Buffer.from(`${user}:secret`).toString('base64')}`;
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
    fetch(`${origin}/authenticated/${new URL(service.url).port}${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
  const item = JSON.stringify({ local_path_on_storage: 'a.fits', relative_path: 'a.fits' });

  test('takes the user from the proxy, and not from clients', async () => {
    expect((await ask('/operations')).status).toBe(401);
    const forged = {
      authorization: password('alice'),
      'x-forwarded-user': 'bob',
      'x-forwarded-groups': 'staging-operators',
    };
    const staged = await ask('/stage_data?method=local_copy', forged, 'POST', item);
    expect(await staged.json()).toMatchObject({ operation: { username: 'alice', phase: 'COMPLETED' } });
    expect((await ask('/logs', forged)).status).toBe(403);
    expect((await ask('/stage_data?method=local_copy&username=bob', forged, 'POST', item)).status).toBe(403);
  });

  test('takes their groups from the proxy', async () => {
    const headers = { authorization: password('olga') };
    expect((await ask('/logs', headers)).status).toBe(200);
    const staged = await ask('/stage_data?method=local_copy&username=bob', headers, 'POST', item);
    expect(await staged.json()).toMatchObject({ operation: { username: 'bob', actor: 'olga' } });
  });

  test('does not authenticate requests that bypass the proxy', async () => {
    const { host } = new URL(origin);
    const headers = { 'x-forwarded-user': 'alice', 'x-forwarded-host': host };
    const answer = await fetch(`${service.url}/operations`, { headers });
    expect([421, 401]).toContain(answer.status);
  });
});
