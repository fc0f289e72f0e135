import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { freePort } from '../../services/freePort.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser, createUserToken } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

describeWith('jupyterhub-debian', 'jupyter_copy through the API', (hub) => {
  const username = 'heidi';
  const notebooks = notebookDirectory(hub, username);
  const bytes = randomBytes(5_000_000);
  let directory: string;
  let service: StagingService;
  const source = (name: string) => join(directory, 'source_storage', name);
  const client = () => clientOf(service.url);
  /** Sends requests with the caller's own token. */
  const stageWith = (token: string, target: string) =>
    client().post(
      `/stage_data?${new URLSearchParams({ method: 'jupyter_copy', username, jupyter_token: token })}`,
      {
        local_path_on_storage: 'file',
        relative_path: target,
      },
    );
  /** Everything that the service writes: its terminal, its log file and its records. */
  const everythingWritten = async () => {
    const files = await readdir(directory, { withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(directory, file.name), 'latin1'));
    return [service.output(), ...(await Promise.all(texts))].join('\n');
  };

  const hubSettings = () => ({ JUPYTERHUB_URL: hub.url, JUPYTERHUB_API_TOKEN: hub.apiToken });

  beforeAll(async () => {
    directory = await makeDataDirectory();
    await writeFile(source('file'), bytes);
    await mkdir(source('tree/below'), { recursive: true });
    await writeFile(source('tree/a'), 'a');
    await writeFile(source('tree/below/.b'), 'b');
    await addUser(hub, username);
    service = await startStagingService(directory, {
      ...hubSettings(),
      // As `npm start` has it.
      NODE_OPTIONS: '--max-semi-space-size=4',
    });
  });
  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(directory);
  });

  test('an abort stops an upload, and removes its part from the notebook server', async () => {
    const slow = await startStagingService(directory, { ...hubSettings(), ...slowCopies });
    try {
      await makeSlowFile(source('slow'), untilAborted);
      const body = { local_path_on_storage: 'slow', relative_path: 'aborted/slow' };
      const accepted = await clientOf(slow.url).post(`/stage/jupyter?username=${username}`, body, {
        prefer: 'respond-async',
      });
      expect(accepted.status).toBe(202);
      const listing = () => readdir(join(notebooks, 'aborted')).catch(() => []);
      await waitFor(async () => (await listing()).some((name) => name.endsWith('.part')));
      const location = `${slow.url}${accepted.headers.get('location')}`;
      const aborted = await fetch(location, { method: 'DELETE' });
      expect([aborted.status, await aborted.json()]).toMatchObject([200, { phase: 'ABORTED' }]);
      expect(await listing()).toEqual([]);
    } finally {
      await slow.stop();
    }
  }, 60_000);

  test('a file is staged, read-only and recorded with its digests; requested again, it is present', async () => {
    const answer = await client().stage('jupyter_copy', 'file', 'data/file', username);
    expect(answer.status).toBe(200);
    const { message, operation } = answer.staged();
    expect(message).toBe(`Data staged for user ${username} with method jupyter_copy`);
    const copy = join(notebooks, 'data/file');
    expect(bytes.equals(await readFile(copy))).toBe(true);
    expect((await stat(copy)).mode & 0o777).toBe(0o400);
    expect(await client().operation(operation.id)).toMatchObject({
      phase: 'COMPLETED',
      outcome: 'staged',
      method: 'jupyter_copy',
      bytes_done: bytes.length,
      files_done: 1,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      adler32: expect.stringMatching(/^[0-9a-f]{8}$/),
    });

    const again = (await client().stage('jupyter_copy', 'file', 'data/file', username)).staged();
    expect(again.message).toBe(`Data already available at /user/${username}/lab/tree/data/file`);
    expect(again.operation).toMatchObject({ phase: 'COMPLETED', outcome: 'already_present' });
  }, 60_000);

  test('the contents of a file in a notebook server cannot be guessed, unless the service has staged it', async () => {
    await writeFile(join(notebooks, 'pin'), '4711', { mode: 0o600 });
    const ask = async (path: string, content: string | Buffer) => {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const body = { local_path_on_storage: 'file', relative_path: path, sha256 };
      return client().post(`/stage/jupyter?username=${username}`, body);
    };
    const [right, wrong] = [(await ask('pin', '4711')).problem(), (await ask('pin', '0000')).problem()];
    expect([right.code, right.detail]).toEqual(['TARGET_DIFFERS', wrong.detail]);
    const own = (await ask('data/file', bytes)).staged();
    expect(own.operation.outcome).toBe('already_present');
    const differing = (await ask('data/file', 'other')).problem();
    expect(differing.detail).toContain('is not the');
    expect(differing.detail).not.toContain(own.operation.sha256);
  }, 60_000);

  test('a directory is staged completely', async () => {
    const { operation } = (await client().stage('jupyter_copy', 'tree', 'tree', username)).staged();
    expect(operation).toMatchObject({ phase: 'COMPLETED', files_done: 2, bytes_done: 2, sha256: null });
    expect(await readFile(join(notebooks, 'tree/below/.b'), 'utf8')).toBe('b');
    expect((await stat(join(notebooks, 'tree'))).mode & 0o777).toBe(0o500);
  }, 60_000);

  test('a user whom the hub does not know is a 404', async () => {
    const answer = await client().stage('jupyter_copy', 'file', 'x', 'nobody');
    const { code, detail } = answer.problem();
    expect([answer.status, code, detail]).toEqual([
      404,
      'JUPYTER_USER_UNKNOWN',
      'JupyterHub has no user nobody.',
    ]);
  });

  test("a caller's token works, an invalid one is a 403, and neither is stored anywhere", async () => {
    const tokens = [await createUserToken(hub, username), 'invalid-0123456789-abcdef'] as const;
    expect((await stageWith(tokens[0], 'own-token')).status).toBe(200);
    const refused = await stageWith(tokens[1], 'refused');
    expect([refused.status, refused.problem().code]).toEqual([403, 'JUPYTER_FORBIDDEN']);
    const written = await everythingWritten();
    expect(written).toContain('own-token');
    for (const token of [...tokens, hub.apiToken]) {
      expect(refused.text).not.toContain(token);
      expect(written).not.toContain(token);
    }
  }, 60_000);

  test.each([
    ['is down', freePort, 'the connection was refused'],
    // fetch never calls this port.
    ['has a port that is forbidden', async () => 1, 'bad port'],
  ])('a hub that %s is a 502', async (_, port, reason) => {
    const JUPYTERHUB_URL = `http://127.0.0.1:${await port()}`;
    const elsewhere = await startStagingService(directory, { JUPYTERHUB_URL, JUPYTERHUB_API_TOKEN: 'x' });
    try {
      const answer = await clientOf(elsewhere.url).stage('jupyter_copy', 'file', 'x', username);
      const { code, detail } = answer.problem();
      expect([answer.status, code, detail]).toEqual([
        502,
        'JUPYTER_UNREACHABLE',
        `JupyterHub cannot be reached: ${reason}.`,
      ]);
    } finally {
      await elsewhere.stop();
    }
  });

  test('a gibibyte takes less than 250 MiB of memory', async () => {
    await writeFile(source('large'), '');
    await truncate(source('large'), 2 ** 30);
    const answer = await client().stage('jupyter_copy', 'large', 'large', username);
    expect(answer.status).toBe(200);
    const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024).toBeLessThan(250);
    await rm(join(notebooks, 'large'));
  }, 180_000);
});
