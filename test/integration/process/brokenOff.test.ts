import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, opendir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Database from 'libsql';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { freePort } from '../../services/freePort.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

/** Exit codes of curl (curl(1), "EXIT CODES"). */
const partialFile = 18;
const connectionReset = 56;

describeWith('nginx', 'an aborted answer', ({ origin }) => {
  let directory: string;
  let port: number;
  let service: StagingService;
  beforeAll(async () => {
    directory = await makeDataDirectory();
    port = await freePort();
    service = await startStagingService(directory, {
      PORT: String(port),
      PUBLIC_URLS: `http://127.0.0.1:${port},http://localhost`,
    });
    await makeBrokenTree(join(service.sourceStorage, 'broken'));
  });
  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(directory);
  });

  const direct = () => ({ url: service.url, host: [] });
  /** As nginx does by default, it sends HTTP/1.0 requests. */
  const proxied = () => ({
    url: `${origin}/proxied/${new URL(service.url).port}`,
    host: ['--header', 'Host: localhost'],
  });

  test.each([
    ['from HTTP/1.1', direct, '--http1.1', connectionReset],
    ['from HTTP/1.0', direct, '--http1.0', connectionReset],
    ['behind a proxy', proxied, '--http1.1', partialFile],
    ['from HTTP/1.0 behind a proxy', proxied, '--http1.0', partialFile],
  ] as const)(
    'a tar of an unreadable tree is neither complete nor readable: %s',
    (_what, from, version, code) => {
      const { url, host } = from();
      const curl = spawnSync('curl', ['-sS', version, ...host, `${url}/download/broken?username=ann`]);
      // An HTTP/1.0 client of the proxy only sees that the connection ended.
      if (!(version === '--http1.0' && code === partialFile)) expect(curl.status).toBe(code);
      const listed = spawnSync('tar', ['--list', '--file=-'], { input: curl.stdout });
      expect(listed.stdout.toString()).toContain('file');
      expect(listed.status).not.toBe(0);
    },
  );

  test('and the record has the reason', async () => {
    const operations = await clientOf(service.url).operations('&username=ann');
    expect(new Set(operations.map(({ error_code: code }) => code))).toEqual(new Set(['SOURCE_NOT_FOUND']));
  });

  test('an aborted CSV export is also recognised as incomplete', async () => {
    const database = new Database(join(directory, 'staging.db'));
    // It waits for its turn, as the service does.
    database.exec('PRAGMA busy_timeout = 10000');
    database.exec(manyRows);
    for (const [from, code] of [
      [direct, connectionReset],
      [proxied, partialFile],
    ] as const) {
      const { url, host } = from();
      const curl = spawnSync('curl', ['-sS', ...host, `${url}/operations?format=csv&username=many`]);
      expect(curl.stdout.toString().split('\n').length).toBeGreaterThan(500);
      expect(curl.status).toBe(code);
    }
    database.exec("DELETE FROM staging_operations WHERE username = 'many'");
    database.close();
  });

  test('an answer aborted by a second Ctrl-C is also recognised as incomplete', async () => {
    const other = await makeDataDirectory();
    const stopped = await startStagingService(other);
    await mkdir(join(stopped.sourceStorage, 'large'));
    await writeFile(join(stopped.sourceStorage, 'large', 'file'), Buffer.alloc(64 * 1024 * 1024));
    const slow = ['-sS', '--http1.0', '--limit-rate', '1M', '--output', '/dev/null', '--dump-header', '-'];
    const curl = spawn('curl', [...slow, `${stopped.url}/download/large`]);
    const ended = once(curl, 'exit');
    await once(curl.stdout, 'data');
    stopped.process.kill('SIGINT');
    await waitFor(async () => (await fetch(`${stopped.url}/config`)).status === 503);
    stopped.process.kill('SIGINT');
    expect(await ended).toEqual([connectionReset, null]);
    await removeDataDirectory(other);
  });
});

/** A tree of folders with a file in each, of which the fourth in the order of reading has a dangling link instead. */
async function makeBrokenTree(tree: string): Promise<void> {
  for (let number = 1; number <= 8; number += 1)
    await mkdir(join(tree, `folder${number}`), { recursive: true });
  let position = 0;
  for await (const { name } of await opendir(tree)) {
    position += 1;
    if (position === 4) await symlink('nowhere', join(tree, name, 'file'));
    else await writeFile(join(tree, name, 'file'), Buffer.alloc(1024, 'x'));
  }
}

/** More operations than are read at a time, of which the oldest cannot be read. */
const manyRows = `
  INSERT INTO staging_operations (id, status, username, created_at, started_at)
  WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1500)
  SELECT printf('00000000-0000-7000-8000-%012x', n), 'COMPLETED', 'many',
    0, iif(n = 0, 'unreadable', 0) FROM numbers`;
