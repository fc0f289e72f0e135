import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { Progress } from '../../../shared/storage/progress.ts';
import { describeWith } from '../../services/describeWith.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { type Fault, type SeenRequest, startFaultProxy } from '../../services/staging/faultProxy.ts';
import { failureOf, makeSourceStorage, stageWithJupyter } from './stageWithJupyter.ts';

const moreFaults: readonly [Fault, string][] = [
  ['refuse', 'file'],
  ['loseAnswer', 'tree'],
];
const size = 7 * 1024 * 1024;

for (const flavour of ['jupyterhub-debian', 'jupyterhub-pypi'] as const) {
  describeWith(flavour, `jupyter_copy to ${flavour} over a bad connection`, (hub) => {
    const username = 'carol';
    const notebooks = notebookDirectory(hub, username);
    const bytes = randomBytes(size);
    let sourceStorage: string;
    const wish = (url: string, target: string, source = 'file') => ({
      ...{ url, token: hub.apiToken, username, sourceStorage, source, target },
    });

    beforeAll(async () => {
      sourceStorage = await makeSourceStorage();
      await writeFile(join(sourceStorage, 'file'), bytes);
      await mkdir(join(sourceStorage, 'tree/below'), { recursive: true });
      await writeFile(join(sourceStorage, 'tree/below/file'), bytes);
      await addUser(hub, username);
    });
    afterAll(() => rm(sourceStorage, { recursive: true }));

    test.each<[Fault, string]>([
      ['loseAnswer', 'file'],
      ...(flavour === 'jupyterhub-debian' ? moreFaults : []),
    ])(
      'a failed chunk (%s) restarts the file of a %s',
      async (fault, source) => {
        await using proxy = await startFaultProxy(hub.url, once(isChunk(2), fault));
        const target = `${fault}-${source}`;
        const { progress } = await stageWithJupyter(wish(proxy.url, target, source));
        expect(progress.bytesDone).toBe(size);
        expect(proxy.seen.filter(isChunk(1))).toHaveLength(2);
        const copy = join(notebooks, target, source === 'tree' ? 'below/file' : '');
        expect(bytes.equals(await readFile(copy))).toBe(true);
      },
      60_000,
    );

    test.each(['file', 'tree'])(
      'a %s that arrives damaged is detected and removed',
      async (source) => {
        const isLast = isChunk(-1);
        await using proxy = await startFaultProxy(hub.url, (seen) => (isLast(seen) ? 'damage' : 'none'));
        const { code, message } = await failureOf(wish(proxy.url, `damaged-${source}/it`, source));
        expect(code).toBe('JUPYTER_DAMAGED');
        expect(message).toContain('its sha256 is another');
        expect(await readdir(join(notebooks, `damaged-${source}`))).toEqual([]);
      },
      60_000,
    );

    // The following is independent of the server's release.
    if (flavour !== 'jupyterhub-debian') return;

    test('an upload to a server that keeps failing ends, and leaves no part', async () => {
      const progress = new Progress();
      const isSecond = isChunk(2);
      await using proxy = await startFaultProxy(hub.url, (seen) => (isSecond(seen) ? 'refuse' : 'none'));
      const { code, message } = await failureOf(wish(proxy.url, 'failed/file'), progress);
      expect(code).toBe('JUPYTER_REFUSED');
      expect(message).toContain('503 no room');
      expect(progress.bytesDone).toBe(0);
      expect(await readdir(join(notebooks, 'failed'))).toEqual([]);
    }, 60_000);

    test.each(['file', 'tree'])(
      'an abort stops the upload of a %s immediately and leaves nothing',
      async (source) => {
        const abort = new AbortController();
        const reason = new StagingError('ABORTED');
        let abortedAt = 0;
        await using proxy = await startFaultProxy(hub.url, (seen) => {
          if (!isChunk(2)(seen)) return 'none';
          abortedAt = performance.now();
          setImmediate(() => abort.abort(reason));
          return 'hold';
        });
        const error = await failureOf({
          ...wish(proxy.url, `aborted-${source}/it`, source),
          signal: abort.signal,
        });
        expect(error).toBe(reason);
        // It includes the removal of the part, for which the kernel may have to restart.
        expect(performance.now() - abortedAt).toBeLessThan(5000);
        expect(proxy.seen.filter(isChunk(3))).toEqual([]);
        expect(await readdir(join(notebooks, `aborted-${source}`))).toEqual([]);
      },
      60_000,
    );

    const endKernels = async () => {
      const headers = { Authorization: `token ${hub.adminToken}` };
      const url = `${hub.url}/user/${username}/api/kernels`;
      const kernels = z
        .array(z.object({ id: z.string() }))
        .parse(await (await fetch(url, { headers })).json());
      for (const { id } of kernels) await fetch(`${url}/${id}`, { method: 'DELETE', headers });
    };

    test('a kernel that was shut down during the upload is replaced', async () => {
      await using proxy = await startFaultProxy(hub.url, async (seen): Promise<Fault> => {
        if (isChunk(2)(seen)) await endKernels();
        return 'none';
      });
      expect(await stageWithJupyter(wish(proxy.url, 'kernel/it'))).toMatchObject({ outcome: 'staged' });
    }, 60_000);

    test('the part is removed even if no kernel is available any more', async () => {
      let isOver = false;
      await using proxy = await startFaultProxy(hub.url, async (seen): Promise<Fault> => {
        if (isChunk(2)(seen)) {
          await endKernels();
          isOver = true;
        }
        return isOver && seen.method === 'POST' ? 'refuse' : 'none';
      });
      const { code, message } = await failureOf(wish(proxy.url, 'no-kernel/it'));
      expect(code).toBe('JUPYTER_REFUSED');
      expect(message).toContain('could not run its Python kernel: it answered 503 no room');
      // The server makes a hidden folder of checkpoints when it removes a file.
      const names = await readdir(join(notebooks, 'no-kernel'));
      expect(names.filter((name) => name !== '.ipynb_checkpoints')).toEqual([]);
    }, 60_000);

    test('an abort while the server is being looked up', async () => {
      const abort = new AbortController();
      const reason = new StagingError('ABORTED');
      await using proxy = await startFaultProxy(hub.url, () => {
        setImmediate(() => abort.abort(reason));
        return 'hold';
      });
      expect(await failureOf({ ...wish(proxy.url, 'never'), signal: abort.signal })).toBe(reason);
    });
  });
}

/** The request that carries this chunk. */
function isChunk(number: number): (seen: SeenRequest) => boolean {
  return ({ chunk }) => chunk === number;
}

/** A fault for the first request that is meant. */
function once(isMeant: (seen: SeenRequest) => boolean, fault: Fault): (seen: SeenRequest) => Fault {
  let isOver = false;
  return (seen) => {
    if (isOver || !isMeant(seen)) return 'none';
    isOver = true;
    return fault;
  };
}
