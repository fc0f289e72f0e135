import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../services/describeWith.ts';
import { freePort } from '../../services/freePort.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { failureOf, makeSourceStorage } from './stageWithJupyter.ts';

for (const flavour of ['jupyterhub-debian', 'jupyterhub-pypi'] as const) {
  describeWith(flavour, `failures of jupyter_copy to ${flavour}`, (hub) => {
    let sourceStorage: string;
    const wish = (username = 'alice') => ({
      ...{ url: hub.url, token: hub.apiToken, username, sourceStorage, source: 'a', target: 'failures/a' },
    });

    beforeAll(async () => {
      sourceStorage = await makeSourceStorage();
      await writeFile(join(sourceStorage, 'a'), 'a');
      await addUser(hub, 'alice');
    });
    afterAll(() => rm(sourceStorage, { recursive: true }));

    test('a user whom the hub does not know', async () => {
      const { code, message } = await failureOf(wish('nobody'));
      expect([code, message]).toEqual(['JUPYTER_USER_UNKNOWN', 'JupyterHub has no user nobody.']);
    });

    test('a token that the hub does not know', async () => {
      const error = await failureOf({ ...wish(), token: 'not-a-token-0123456789' });
      expect(error.code).toBe('JUPYTER_FORBIDDEN');
    });

    test("a server that cannot be started fails with the hub's own message", async () => {
      await addUser(hub, 'failing-1');
      for (const _ of ['first', 'again']) {
        const { code, message } = await failureOf(wish('failing-1'));
        expect(code).toBe('JUPYTER_START_FAILED');
        expect(message).toContain('the image of this server does not exist');
      }
    }, 60_000);

    test("a server that takes too long fails with the hub's last message", async () => {
      await addUser(hub, 'slow-1');
      const begun = performance.now();
      const { code, message } = await failureOf({ ...wish('slow-1'), startTimeoutMs: 2000 });
      expect(performance.now() - begun).toBeLessThan(4000);
      expect(code).toBe('JUPYTER_START_FAILED');
      expect(message).toContain(
        'it was not ready after 2 seconds (0/3 nodes are available: insufficient memory)',
      );
    }, 60_000);

    test('a server that the hub gives up on', async () => {
      await addUser(hub, 'late-1');
      const { code, message } = await failureOf(wish('late-1'));
      expect(code).toBe('JUPYTER_START_FAILED');
      expect(message).toContain('0/3 nodes are available: insufficient memory');
    }, 60_000);

    // The following is independent of the server's release.
    if (flavour !== 'jupyterhub-debian') return;

    test('no token at all', async () => {
      expect((await failureOf({ ...wish(), token: undefined })).code).toBe('JUPYTER_TOKEN_MISSING');
    });

    test('a hub that is down', async () => {
      const { code, message } = await failureOf({ ...wish(), url: `http://127.0.0.1:${await freePort()}` });
      expect([code, message]).toEqual([
        'JUPYTER_UNREACHABLE',
        'JupyterHub cannot be reached: the connection was refused.',
      ]);
    });

    test('an address that is not the one of the hub', async () => {
      const { code, message } = await failureOf({ ...wish(), url: `${hub.url}/hub/home` });
      expect(code).toMatch(/^JUPYTER_(UNREACHABLE|USER_UNKNOWN)$/);
      expect(message).not.toContain('undefined');
    });

    test('nothing is sent to a server without a Python kernel', async () => {
      const username = 'r-user';
      await addUser(hub, username);
      const settings = { KernelSpecManager: { ensure_native_kernel: false, allowed_kernelspecs: ['ir'] } };
      const home = join(notebookDirectory(hub, username), '../.jupyter');
      await mkdir(home, { recursive: true });
      await writeFile(join(home, 'jupyter_server_config.json'), JSON.stringify(settings));
      const { code, message } = await failureOf(wish(username));
      expect([code, message]).toEqual([
        'JUPYTER_REFUSED',
        'The notebook server could not make the data read-only: it has no Python kernel, which is required.',
      ]);
    }, 60_000);

    test('a hidden target is refused before anything happens', async () => {
      expect((await failureOf({ ...wish(), target: 'a/.b/c' })).code).toBe('PATH_INVALID');
    });

    test('a file in the way of a folder', async () => {
      await failureOf({ ...wish(), source: 'a', target: '.x' });
      const notebooks = notebookDirectory(hub, 'alice');
      await mkdir(notebooks, { recursive: true });
      await writeFile(join(notebooks, 'in-the-way'), '');
      expect((await failureOf({ ...wish(), target: 'in-the-way/a' })).code).toBe('TARGET_IN_FILE');
    }, 60_000);

    test('data that cannot fit is refused before a byte is sent', async () => {
      const file = await open(join(sourceStorage, 'huge'), 'w');
      await file.truncate(2 ** 43);
      await file.close();
      expect((await failureOf({ ...wish(), source: 'huge', target: 'full/huge' })).code).toBe('NO_SPACE');
      expect(await readdir(join(notebookDirectory(hub, 'alice'), 'full'))).toEqual([]);
    }, 60_000);
  });
}
