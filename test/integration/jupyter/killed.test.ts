import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { startFaultProxy } from '../../services/staging/faultProxy.ts';
import { makeSlowFile, slowCopies, untilAborted } from '../../services/staging/slowCopies.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';
import { makeCurious, type SentToServer } from './curiousServer.ts';

for (const flavour of ['jupyterhub-debian', 'jupyterhub-pypi'] as const) {
  describeWith(flavour, `a service that was killed during a jupyter_copy to ${flavour}`, (hub) => {
    const username = 'kim';
    const notebooks = notebookDirectory(hub, username);
    /** A file that only looks like ours, and belongs to no operation. */
    const foreign = 'large.01a20a18-fadf-7357-b1ff-12091a8ad6c7.part';
    /** The state that the dead service left; each test starts a service with a copy of it. */
    let remains: string;
    let sources: string;
    let sourceStorage: string;
    let part: string;
    let service: StagingService;
    let directory: string;
    let sent: () => Promise<SentToServer>;

    const callHub = async (path: string, method = 'GET', body?: string) => {
      const headers = { Authorization: `token ${hub.adminToken}` };
      const response = await fetch(`${hub.url}/${path}`, { method, headers, ...(body && { body }) });
      return response.status === 204 ? undefined : response.json();
    };
    const startUserKernel = async () =>
      z.object({ id: z.string() }).parse(await callHub(`user/${username}/api/kernels`, 'POST', '{}')).id;
    const kernels = async () =>
      z
        .array(z.object({ id: z.string() }))
        .parse(await callHub(`user/${username}/api/kernels`))
        .map(({ id }) => id);
    // The server itself writes to another name first, which begins with `.~`.
    const partsIn = async (folder: string) =>
      (await readdir(join(notebooks, folder)).catch(() => [])).filter(
        (name) => name.endsWith('.part') && !name.startsWith('.~'),
      );

    const startAgain = async (environment: NodeJS.ProcessEnv = {}) => {
      directory = await makeDataDirectory();
      await cp(remains, directory, { recursive: true });
      service = await start(directory, environment);
    };
    const start = (dataDirectory: string, environment: NodeJS.ProcessEnv = {}) =>
      startStagingService(dataDirectory, {
        SOURCE_STORAGE_PATH: sourceStorage,
        JUPYTERHUB_URL: hub.url,
        JUPYTERHUB_API_TOKEN: hub.apiToken,
        ...environment,
      });
    const expectInterrupted = async () => {
      expect(await clientOf(service.url).operations()).toMatchObject([
        { phase: 'ERROR', error_code: 'INTERRUPTED', method: 'jupyter_copy' },
      ]);
    };

    beforeAll(async () => {
      sources = await makeDataDirectory();
      sourceStorage = join(sources, 'source_storage');
      await makeSlowFile(join(sourceStorage, 'large'), untilAborted);
      remains = await makeDataDirectory();
      await addUser(hub, username);
      sent = await makeCurious(hub, username);
      const killed = await start(remains, slowCopies);
      const staging = clientOf(killed.url)
        .stage('jupyter_copy', 'large', 'data/large', username)
        .catch(() => undefined);
      await waitFor(async () => {
        const [name] = await partsIn('data');
        if (name === undefined) return false;
        part = name;
        return (await stat(join(notebooks, 'data', name))).size > 0;
      });
      await killed.kill();
      await staging;
      await writeFile(join(notebooks, 'data', foreign), 'foreign');
    }, 60_000);
    afterEach(async () => {
      await service.kill();
      await removeDataDirectory(directory);
    });
    afterAll(async () => {
      await removeDataDirectory(remains);
      await removeDataDirectory(sources);
    });

    test('removes only the part and ends the kernel after its next start', async () => {
      const userKernel = await startUserKernel();
      expect(await kernels()).toHaveLength(2);
      await startAgain();
      await expectInterrupted();
      await waitFor(async () =>
        service.output().includes('no leftovers of an interrupted upload on the notebook server'),
      );
      expect(await readdir(join(notebooks, 'data'))).toEqual([foreign]);
      expect(await kernels()).toEqual([userKernel]);
      const { text, tokens } = await sent();
      // Of the killed operation, of the removal, and of this test.
      expect(tokens).toHaveLength(3);
      expect(text).not.toContain(hub.apiToken);
    }, 60_000);

    // The following is independent of the server's release.
    if (flavour !== 'jupyterhub-debian') return;

    test('without a token of its own logs where the part is', async () => {
      await startAgain({ JUPYTERHUB_API_TOKEN: '' });
      await expectInterrupted();
      await waitFor(async () =>
        service.output().includes('an incomplete upload may be left on a notebook server'),
      );
      expect(service.output()).toContain('No JupyterHub token was given.');
      expect(service.output()).toContain(`"username":"${username}","parts":["data/${part}"]`);
    });

    test('starts and stops immediately even if the hub does not answer', async () => {
      await using proxy = await startFaultProxy(hub.url, () => 'hold');
      await startAgain({ JUPYTERHUB_URL: proxy.url });
      await expectInterrupted();
      await waitFor(async () => proxy.seen.length > 0);
      expect(await service.stop()).toBe(0);
      expect(service.output()).toContain('an incomplete upload may be left on a notebook server');
    });

    test('does not start a server to remove a part', async () => {
      const user = `hub/api/users/${username}`;
      await callHub(`${user}/server`, 'DELETE');
      const servers = async () =>
        z.object({ servers: z.record(z.string(), z.unknown()) }).parse(await callHub(user)).servers;
      await waitFor(async () => Object.keys(await servers()).length === 0);
      await startAgain();
      await expectInterrupted();
      await waitFor(async () =>
        service.output().includes('an incomplete upload may be left on a notebook server, which is down'),
      );
      expect(await servers()).toEqual({});
    }, 60_000);
  });
}
