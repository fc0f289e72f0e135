import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { notebookDirectory } from '../../services/jupyterhub/jupyterhub.ts';
import { addUser, createUserToken } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { failureOf, makeSourceStorage, stageWithJupyter } from './stageWithJupyter.ts';

for (const flavour of ['jupyterhub-debian', 'jupyterhub-pypi'] as const) {
  describeWith(flavour, `jupyter_copy to ${flavour}`, (hub) => {
    const username = 'alice';
    const notebooks = notebookDirectory(hub, username);
    let sourceStorage: string;
    const wish = (source: string, target = source) => ({
      ...{ url: hub.url, token: hub.apiToken, username, sourceStorage, source, target },
    });

    beforeAll(async () => {
      sourceStorage = await makeSourceStorage();
      await addUser(hub, username);
    });
    afterAll(() => rm(sourceStorage, { recursive: true }));

    test('a file arrives complete and read-only, with its time, in folders that were missing', async () => {
      await writeFile(join(sourceStorage, 'a.txt'), 'hello\n');
      await utimes(join(sourceStorage, 'a.txt'), 1_000_000, 1_000_000);
      const staged = await stageWithJupyter(wish('a.txt', '/x/y/ä 100%.txt'));
      expect(staged).toMatchObject({
        outcome: 'staged',
        location: '/user/alice/lab/tree/x/y/ä 100%.txt',
        digests: {
          sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
          adler32: '084b021f',
        },
      });
      expect(staged.progress).toMatchObject({ bytesDone: 6, bytesTotal: 6, filesDone: 1, filesTotal: 1 });
      const file = await stat(join(notebooks, 'x/y/ä 100%.txt'));
      expect(file.mode & 0o777).toBe(0o400);
      expect(file.mtimeMs).toBe(1_000_000_000);
      expect(await readdir(join(notebooks, 'x/y'))).toEqual(['ä 100%.txt']);
    }, 60_000);

    test('a notebook arrives unchanged, even one that is not JSON', async () => {
      await writeFile(join(sourceStorage, 'n.ipynb'), 'no  JSON');
      await stageWithJupyter(wish('n.ipynb'));
      expect(await readFile(join(notebooks, 'n.ipynb'), 'utf8')).toBe('no  JSON');
    }, 60_000);

    test('a directory arrives complete and read-only, with any names in it', async () => {
      const tree = join(sourceStorage, 'tree');
      await mkdir(join(tree, '.hidden/.deeper'), { recursive: true });
      await mkdir(join(tree, 'checkpoints'));
      await mkdir(join(tree, 'empty'));
      const names = [
        'a b',
        'ü%2F%',
        'n.ipynb',
        '.zarray',
        '.hidden/.deeper/.x',
        'checkpoints/model',
        'trust',
        'a\nb',
      ];
      for (const name of [...names, 'z'.repeat(255)]) await writeFile(join(tree, name), name);
      await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x62, 0xff])]), 'no UTF-8');
      await writeFile(join(tree, 'large'), randomBytes(5_000_000));
      await symlink('large', join(tree, 'link'));
      const { progress, outcome } = await stageWithJupyter(wish('tree', 'data/tree'));
      expect(outcome).toBe('staged');
      expect(progress.filesDone).toBe(12);
      expect(progress.bytesDone).toBe(progress.bytesTotal);
      const copy = join(notebooks, 'data/tree');
      expect(await contentsOf(copy)).toEqual(await contentsOf(tree));
      for (const mode of await modesOf(copy)) expect(['d500', 'f400']).toContain(mode);
      expect(await readdir(join(notebooks, 'data'))).toEqual(['tree']);
    }, 60_000);

    test("the user's own token is sufficient, and is not accepted for other users", async () => {
      await addUser(hub, 'bob');
      await writeFile(join(sourceStorage, 'own'), 'own');
      const { token: _, ...own } = { ...wish('own'), userToken: await createUserToken(hub, username) };
      expect(await stageWithJupyter(own)).toMatchObject({ outcome: 'staged' });
      expect(['JUPYTER_FORBIDDEN', 'JUPYTER_USER_UNKNOWN']).toContain(
        (await failureOf({ ...own, username: 'bob' })).code,
      );
    }, 60_000);

    test("a server that was shut down without the hub's knowledge is restarted", async () => {
      await writeFile(join(sourceStorage, 'again'), 'again');
      const headers = { Authorization: `token ${hub.adminToken}` };
      await fetch(`${hub.url}/user/${username}/api/shutdown`, { method: 'POST', headers });
      await waitFor(async () => !(await fetch(`${hub.url}/user/${username}/api/kernels`, { headers })).ok);
      expect(await stageWithJupyter(wish('again'))).toMatchObject({ outcome: 'staged' });
    }, 60_000);

    // The following is independent of the server's release.
    if (flavour === 'jupyterhub-debian') {
      test.each([
        ['an empty file', 0],
        ['a file of exactly one chunk', 2 * 1024 * 1024],
        ['a file of exactly two chunks', 4 * 1024 * 1024],
        ['a file of several chunks', 5 * 1024 * 1024 + 1],
      ])(
        '%s arrives byte for byte',
        async (_, size) => {
          const bytes = randomBytes(size);
          await writeFile(join(sourceStorage, `${size}.bin`), bytes);
          await stageWithJupyter(wish(`${size}.bin`));
          expect(bytes.equals(await readFile(join(notebooks, `${size}.bin`)))).toBe(true);
        },
        60_000,
      );

      test('present data stays untouched, and its digests can be computed', async () => {
        await writeFile(join(sourceStorage, 'new.txt'), 'new');
        await writeFile(join(notebooks, 'old.txt'), 'hello\n');
        expect(await stageWithJupyter(wish('new.txt', 'old.txt'))).toMatchObject({
          outcome: 'already_present',
          digests: { adler32: '084b021f', md5: 'b1946ac92492d2347c6235b4d2611184' },
        });
        expect(await readFile(join(notebooks, 'old.txt'), 'utf8')).toBe('hello\n');
      }, 60_000);

      test.each(['file', 'directory'])(
        'of two that stage a %s to one target, one finds it present',
        async (kind) => {
          if (kind === 'file') await writeFile(join(sourceStorage, 'one'), 'one');
          else await cp(join(sourceStorage, 'one'), join(sourceStorage, 'both/one'), { recursive: true });
          const source = kind === 'file' ? 'one' : 'both';
          const outcomes = await Promise.all(
            [1, 2].map(() => stageWithJupyter(wish(source, `same/${kind}`))),
          );
          expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['already_present', 'staged']);
          expect((await readdir(join(notebooks, 'same'))).filter((name) => name.endsWith('.part'))).toEqual(
            [],
          );
        },
        60_000,
      );

      test('a stopping server is awaited and restarted', async () => {
        await writeFile(join(sourceStorage, 'stopped'), 'stopped');
        const headers = { Authorization: `token ${hub.adminToken}` };
        const stopping = fetch(`${hub.url}/hub/api/users/${username}/server`, { method: 'DELETE', headers });
        const staging = stageWithJupyter(wish('stopped'));
        expect((await stopping).ok).toBe(true);
        expect(await staging).toMatchObject({ outcome: 'staged' });
      }, 60_000);
    }

    test('no kernel is left running, and no token appears in any log', async () => {
      const headers = { Authorization: `token ${hub.adminToken}` };
      const kernels = await fetch(`${hub.url}/user/${username}/api/kernels`, { headers });
      expect(await kernels.json()).toEqual([]);
      expect(await readFile(join(hub.home, 'jupyterhub.log'), 'utf8')).not.toContain(hub.apiToken);
    }, 60_000);
  });
}

/** Every file's path, in bytes, and its content. */
async function contentsOf(directory: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const path of await pathsBelow(directory)) {
    if ((await stat(path)).isFile())
      contents[relative(directory, path)] = (await readFile(path)).toString('latin1');
    else contents[relative(directory, path)] = 'directory';
  }
  return contents;
}

async function modesOf(directory: string): Promise<string[]> {
  const stats = await Promise.all(
    [Buffer.from(directory), ...(await pathsBelow(directory))].map((path) => lstat(path)),
  );
  return stats.map((each) => `${each.isDirectory() ? 'd' : 'f'}${(each.mode & 0o777).toString(8)}`);
}

async function pathsBelow(directory: string): Promise<Buffer[]> {
  const entries = await readdir(Buffer.from(directory), {
    withFileTypes: true,
    encoding: 'buffer',
    recursive: false,
  });
  const below = await Promise.all(
    entries.map(async (entry) => {
      const path = Buffer.concat([Buffer.from(`${directory}/`), entry.name]);
      return entry.isDirectory() ? [path, ...(await pathsBelow(path.toString()))] : [path];
    }),
  );
  return below.flat();
}

function relative(directory: string, path: Buffer): string {
  return path.subarray(Buffer.byteLength(directory) + 1).toString('latin1');
}
