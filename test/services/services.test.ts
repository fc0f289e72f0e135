import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { waitFor } from '../contracts/waitFor.ts';
import { describeWith } from './describeWith.ts';
import { notebookDirectory } from './jupyterhub/jupyterhub.ts';
import { addUser, createUserToken } from './jupyterhub/jupyterhubUsers.ts';
import { createDatabase } from './mariadb.ts';
import { commandRedis, crashRedis } from './redis.ts';
import { describeContent, deterministicPath, openRucioCatalogue } from './rucio/rucioCatalogue.ts';
import { parseServiceNames, SERVICE_NAMES } from './services.ts';
import { tied } from './tiedProcess.ts';

test('services are chosen by name, and a misspelt name is refused', () => {
  expect(parseServiceNames('mariadb, chromium')).toEqual(['mariadb', 'chromium']);
  expect(parseServiceNames('all')).toEqual(SERVICE_NAMES);
  expect(parseServiceNames('none')).toEqual([]);
  expect(() => parseServiceNames('mysql')).toThrow('There is no service "mysql"');
});

test('a service that SERVICES does not name is refused, and the supervisor ends with its input', async () => {
  const program = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  const supervisor = spawn(...tied([process.execPath, '--import', 'tsx', program]), {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, SERVICES: 'none' },
  });
  const ended = once(supervisor, 'exit');
  const [requests] = await once(createInterface(supervisor.stdout), 'line');
  await writeFile(join(requests, 'redis.wanted'), '');
  const answer = join(requests, 'redis.json');
  await waitFor(() => existsSync(answer));
  expect(JSON.parse(await readFile(answer, 'utf8'))).toEqual({ reason: 'SERVICES does not name it' });
  supervisor.stdin.end();
  expect(await ended).toEqual([0, null]);
  expect(existsSync(requests)).toBe(false);
});

test('a killed run leaves neither processes nor files behind', async () => {
  const script = `
    import { startDaemon } from '${new URL('daemon.ts', import.meta.url)}';
    import { makeServicesDirectory } from '${new URL('servicesDirectory.ts', import.meta.url)}';
    const directory = await makeServicesDirectory();
    const command = ['sh', '-c', 'echo pid=$$; exec sleep infinity'];
    await startDaemon({ directory, command, logFile: directory.path + '/log', readyLine: 'pid', stopSignal: 'SIGTERM' });
    console.log(directory.path);
    setInterval(() => undefined, 1e6);`;
  const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [path] = await once(createInterface(run.stdout), 'line');
  expect(existsSync(path)).toBe(true);
  run.kill('SIGKILL');
  // The directory is removed only when every daemon has released it.
  await waitFor(() => !existsSync(path));
});

describeWith('mariadb', 'MariaDB', (mariadb) => {
  test('creates a separate database for each request', async () => {
    const urls = await Promise.all([createDatabase(mariadb), createDatabase(mariadb)]);
    expect(new Set(urls).size).toBe(2);
    expect(urls[0]).toMatch(/^mysql:\/\/root:\w+@127\.0\.0\.1:\d+\/staging_\w+$/);
  });
});

for (const flavour of ['jupyterhub-debian', 'jupyterhub-pypi'] as const) {
  describeWith(flavour, flavour, (hub) => {
    const call = (token: string, path: string, method = 'GET') =>
      fetch(`${hub.url}${path}`, { method, headers: { Authorization: `token ${token}` } });

    test("starts a user's server, which the user may read, but the service may not", async () => {
      await addUser(hub, 'grace');
      const started = await call(hub.apiToken, '/hub/api/users/grace/server', 'POST');
      expect([201, 202]).toContain(started.status);
      const progress = await call(hub.apiToken, '/hub/api/users/grace/server/progress');
      expect(await progress.text()).toContain('"ready": true');
      const contents = '/user/grace/api/contents/';
      expect((await call(await createUserToken(hub, 'grace'), contents)).status).toBe(200);
      expect((await call(hub.apiToken, contents)).status).toBe(403);
      expect((await stat(notebookDirectory(hub, 'grace'))).isDirectory()).toBe(true);
    }, 60_000);

    test('reports why a server does not start', async () => {
      await addUser(hub, 'failing-grace');
      await call(hub.apiToken, '/hub/api/users/failing-grace/server', 'POST');
      const progress = await call(hub.apiToken, '/hub/api/users/failing-grace/server/progress');
      expect(await progress.text()).toContain('the image of this server does not exist');
    });
  });
}

describeWith('redis', 'Redis', (redis) => {
  test('keeps its data after a crash', async () => {
    await commandRedis(redis, 'RPUSH', 'queue', 'first', 'second');
    const startOf = async () => /^run_id:.*/m.exec(await commandRedis(redis, 'INFO', 'server'))?.[0];
    const firstStart = await startOf();
    await crashRedis(redis);
    expect(await startOf()).not.toBe(firstStart);
    expect(await commandRedis(redis, 'LRANGE', 'queue', '0', '-1')).toBe('first\nsecond');
  });

  test('is private', async () => {
    const withoutPassword = { url: redis.url.replace(/default:\w+@/, '') };
    await expect(commandRedis(withoutPassword, 'PING')).rejects.toThrow('NOAUTH');
  });
});

describeWith('rucio', 'Rucio', (rucio) => {
  test('has the files of a dataset at the paths of its RSE', async () => {
    const catalogue = await openRucioCatalogue(rucio);
    const did = { scope: 'services', name: 'deep/hello.txt' };
    await catalogue.addRse('SERVICES', { prefix: '/rse' });
    await catalogue.addScope(did.scope);
    await catalogue.addReplicas('SERVICES', [{ ...did, ...(await describeContent(Buffer.from('abc'))) }]);
    await catalogue.addCollection('DATASET', { scope: did.scope, name: 'all' }, [did]);
    const dids = [{ scope: did.scope, name: 'all' }];
    const replica = JSON.parse(await catalogue.call('POST', '/replicas/list', { dids }));
    expect(replica).toMatchObject({ ...did, bytes: 3, adler32: '024d0127' });
    const pfn = `file://localhost/rse/${deterministicPath(did)}`;
    expect(replica.rses).toEqual({ SERVICES: [pfn] });
  });
});

describeWith('chromium', 'Chromium', ({ executablePath }) => {
  test('is a program that runs', async () => {
    const [code] = await once(spawn(executablePath, ['--version'], { stdio: 'ignore' }), 'exit');
    expect(code).toBe(0);
  });
});
