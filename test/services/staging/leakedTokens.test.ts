import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeWith } from '../describeWith.ts';
import { createDatabase } from '../mariadb.ts';
import { refuseLeakedTokens, rememberToken, watchService } from './leakedTokens.ts';
import { makeDataDirectory, removeDataDirectory } from './stagingService.ts';

const own = `skast_${'a1_-'.repeat(11)}`;
const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.';

let directory: string;
beforeEach(async () => {
  directory = await makeDataDirectory();
});
afterEach(async () => {
  await writeFile(join(directory, 'staging_service.log'), '');
  await removeDataDirectory(directory).catch(() => undefined);
});

test.each([
  ['of the service', own],
  ['of a provider', jwt],
  ['of another shape, which the suite has used', rememberToken('0123.abc+0123/4567=')],
])("a token %s is found in a log and in a folder, but not reported in users' data", async (_, token) => {
  await writeFile(join(directory, 'user_areas', 'notes'), token);
  await writeFile(join(directory, 'staging_service.log'), 'harmless\n');
  await refuseLeakedTokens(directory);
  await mkdir(join(directory, 'more'));
  await writeFile(join(directory, 'more', 'staging.db'), `\0\0${token}\0`);
  await expect(refuseLeakedTokens(directory)).rejects.toThrow(/tokens in what was written:\n\S+staging\.db$/);
});

test("a service's secret is found in its output, and a service without output counts as not searched", async () => {
  let said = 'Listening';
  watchService(directory, { JUPYTERHUB_API_TOKEN: 'a-token-of-the-hub-0123' }, () => said);
  await refuseLeakedTokens(directory);
  said = 'asked with a-token-of-the-hub-0123';
  await expect(refuseLeakedTokens(directory)).rejects.toThrow('the output of a service');
  said = '';
  await expect(refuseLeakedTokens(directory)).rejects.toThrow('has said nothing');
});

/** Ways to read an answer. */
const readers: Readonly<Record<string, (answer: Response) => Promise<unknown>>> = {
  headers: async () => undefined,
  text: (answer) => answer.text(),
  json: (answer) => answer.json(),
  arrayBuffer: (answer) => answer.arrayBuffer(),
};

test.each(Object.entries(readers))('a token in the %s of an answer fails the test', async (place, read) => {
  const server = createServer((_request, response) => {
    response.setHeader('x-request-id', place === 'headers' ? own : 'any');
    response.end(place === 'headers' ? '' : JSON.stringify(own));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const reading = fetch(`http://127.0.0.1:${port}`).then(read);
  await expect(reading).rejects.toThrow('There is a token in an answer');
  server.close();
});

describeWith('mariadb', 'records on MariaDB', (mariaDb) => {
  test('are searched, and one without tables counts as not written', async () => {
    const url = await createDatabase(mariaDb);
    watchService(directory, { DATABASE_URL: url }, () => 'Listening');
    await expect(refuseLeakedTokens(directory)).rejects.toThrow('no tables');
    const ask = (sql: string) =>
      promisify(execFile)(
        '/usr/bin/mariadb',
        [
          '--no-defaults',
          '--protocol=tcp',
          `--host=${mariaDb.host}`,
          `--port=${mariaDb.port}`,
          '--user=root',
        ].concat(`--execute=${sql}`, new URL(url).pathname.slice(1)),
        { env: { ...process.env, MYSQL_PWD: mariaDb.password } },
      );
    await ask('CREATE TABLE a (id INT, reason TEXT); CREATE TABLE b (id INT, reason TEXT)');
    await refuseLeakedTokens(directory);
    await ask(`INSERT INTO b VALUES (1, 'the token ${jwt} was refused')`);
    await expect(refuseLeakedTokens(directory)).rejects.toThrow('a record on MariaDB');
  });
});
