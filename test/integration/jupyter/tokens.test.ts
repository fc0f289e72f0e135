import { randomBytes } from 'node:crypto';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { HubToken } from '../../../shared/config/secret.ts';
import { StagingError } from '../../../shared/errors/stagingError.ts';
import { createHub } from '../../../shared/jupyter/hub.ts';
import { createServerAccess } from '../../../shared/jupyter/serverAccess.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { addUser, createUserToken } from '../../services/jupyterhub/jupyterhubUsers.ts';
import { type Fault, startFaultProxy } from '../../services/staging/faultProxy.ts';
import { makeCurious, type SentToServer } from './curiousServer.ts';
import { failureOf, makeSourceStorage, stageWithJupyter, type Wish } from './stageWithJupyter.ts';

const userSchema = z.object({ name: z.string(), kind: z.string(), scopes: z.array(z.string()) });
const tokensSchema = z.object({
  api_tokens: z.array(z.object({ note: z.string(), expires_at: z.string().nullable() })),
});

for (const flavour of ['jupyterhub-debian', 'jupyterhub-pypi'] as const) {
  describeWith(flavour, `a notebook server of ${flavour} that keeps what it is sent`, (hub) => {
    const username = 'mallory';
    let sourceStorage: string;
    let sent: () => Promise<SentToServer>;
    const wish = (source: string, target: string): Wish => ({
      ...{ url: hub.url, token: hub.apiToken, username, sourceStorage, source, target },
    });
    const call = (token: string, path: string, method = 'GET') =>
      fetch(`${hub.url}${path}`, { method, headers: { Authorization: `token ${token}` } });
    const statusOf = async (token: string) => (await call(token, '/hub/api/user')).status;
    /** The tokens that the service has made. */
    const madeTokens = async () => {
      const answer = await call(hub.adminToken, `/hub/api/users/${username}/tokens`);
      return tokensSchema
        .parse(await answer.json())
        .api_tokens.filter(({ note }) => note.startsWith('ska-staging-service'));
    };
    /** The tokens that the server received during some work. */
    const sentDuring = async (work: () => Promise<unknown>) => {
      const { tokens: before } = await sent().catch(() => ({ tokens: [] as readonly string[] }));
      await work();
      const { text, tokens } = await sent();
      expect(text).not.toContain(hub.apiToken);
      const others = tokens.filter((token) => !before.includes(token));
      expect(others).not.toEqual([]);
      return others;
    };

    beforeAll(async () => {
      sourceStorage = await makeSourceStorage();
      await writeFile(join(sourceStorage, 'file'), randomBytes(5_000_000));
      await mkdir(join(sourceStorage, 'tree/below'), { recursive: true });
      for (const name of ['a', 'b', 'below/c', 'below/.d']) {
        await writeFile(join(sourceStorage, 'tree', name), name);
      }
      await writeFile(join(sourceStorage, 'huge'), '');
      await truncate(join(sourceStorage, 'huge'), 2 ** 43);
      await addUser(hub, username);
      await addUser(hub, 'victim');
      sent = await makeCurious(hub, username);
    });
    afterAll(() => rm(sourceStorage, { recursive: true }));

    /** The last token that the server received, and its permissions. */
    const observe = async () => {
      const token = (await sent()).tokens.at(-1) ?? '';
      const refused = await Promise.all([
        call(token, '/hub/api/users/victim/server', 'POST'),
        call(token, `/hub/api/users/${username}/tokens`, 'POST'),
      ]);
      return {
        user: userSchema.parse(await (await call(token, '/hub/api/user')).json()),
        made: await madeTokens(),
        refused: refused.map(({ status }) => status),
      };
    };

    test('gets a token for that server only', async () => {
      let observing: ReturnType<typeof observe> | undefined;
      await using proxy = await startFaultProxy(hub.url, async ({ chunk }): Promise<Fault> => {
        if (chunk !== 2) return 'none';
        observing = observe();
        await observing.catch(() => undefined);
        return 'none';
      });
      await stageWithJupyter({ ...wish('file', 'opened'), url: proxy.url });
      const observed = await observing;
      expect(observed).toMatchObject({
        user: { name: username, kind: 'user' },
        made: [{ note: expect.stringMatching(/^ska-staging-service: jupyter_copy [0-9a-f-]{36}$/) }],
      });
      const usable = observed?.user.scopes.filter((scope) => !scope.startsWith('read:users'));
      expect(usable).toEqual([`access:servers!user=${username}`]);
      for (const status of observed?.refused ?? []) expect([403, 404]).toContain(status);
      expect(Date.parse(`${observed?.made[0]?.expires_at}`) - Date.now()).toBeLessThan(600_000);
    }, 60_000);

    test.each(['file', 'tree'])(
      'gets one token for a whole %s, which is revoked at its end',
      async (source) => {
        const tokens = await sentDuring(() => stageWithJupyter(wish(source, `whole/${source}`)));
        expect(tokens).toHaveLength(1);
        for (const token of tokens) expect(await statusOf(token)).toBe(403);
        expect(await madeTokens()).toEqual([]);
      },
      60_000,
    );

    test('gets a token that is revoked when the operation has failed, too', async () => {
      const [token = ''] = await sentDuring(async () => {
        expect((await failureOf(wish('huge', 'failed'))).code).toBe('NO_SPACE');
      });
      expect(await statusOf(token)).toBe(403);
    }, 60_000);

    test('gets a token that is revoked when the operation was aborted, too', async () => {
      const abort = new AbortController();
      const reason = new StagingError('ABORTED');
      await using proxy = await startFaultProxy(hub.url, ({ chunk }) => {
        if (chunk !== 2) return 'none';
        setImmediate(() => abort.abort(reason));
        return 'hold';
      });
      const [token = ''] = await sentDuring(async () => {
        const aborted = { ...wish('file', 'aborted'), url: proxy.url, signal: abort.signal };
        expect(await failureOf(aborted)).toBe(reason);
      });
      expect(await statusOf(token)).toBe(403);
    }, 60_000);

    test("gets the user's own token if the caller sent it, which is not revoked", async () => {
      const userToken = await createUserToken(hub, username);
      const { token: _, ...own } = { ...wish('tree', 'own'), userToken };
      expect(await sentDuring(() => stageWithJupyter(own))).toEqual([userToken]);
      expect(await statusOf(userToken)).toBe(200);
    }, 60_000);

    test('a token is renewed before it expires, and all are revoked at the end', async () => {
      const serviceToken = new HubToken(hub.apiToken);
      const access = createServerAccess(createHub({ url: hub.url, token: serviceToken, startTimeoutMs: 0 }), {
        ...{ username, operationId: 'renewed', lifetimeSeconds: 2 },
      });
      const first = (await access.token()).reveal();
      expect((await access.token()).reveal()).toBe(first);
      let second = first;
      await waitFor(async () => {
        second = (await access.token()).reveal();
        return second !== first;
      });
      await waitFor(async () => (await statusOf(first)) === 403);
      const last = (await access.token()).reveal();
      expect(await statusOf(last)).toBe(200);
      await access[Symbol.asyncDispose]();
      for (const token of [second, last]) expect(await statusOf(token)).toBe(403);
    }, 60_000);

    test('missing permission to make tokens is reported', async () => {
      const token = await createUserToken(hub, 'victim');
      const hubOfVictim = createHub({ url: hub.url, token: new HubToken(token), startTimeoutMs: 0 });
      const access = createServerAccess(hubOfVictim, { username, operationId: 'refused' });
      await expect(access.token()).rejects.toMatchObject({
        code: 'JUPYTER_FORBIDDEN',
        message: `JupyterHub does not let this token make a token for the notebook server of ${username}.`,
      });
    });
  });
}
