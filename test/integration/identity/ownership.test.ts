import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { routeTable } from '../../../shared/http/contract/access.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { type Answered, type IdentifiedService, startIdentified } from './identifiedService.ts';

let service: IdentifiedService;
let tokens: IdentifiedService['tokens'];
beforeAll(async () => {
  service = await startIdentified();
  tokens = service.tokens;
  await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
  await mkdir(join(service.sourceStorage, 'closed'));
  await writeFile(join(service.sourceStorage, 'closed', 'secret.fits'), 'secret');
});
afterAll(() => service.end());

const operationSchema = z.object({
  id: z.string(),
  username: z.string().nullable(),
  actor: z.string().nullable(),
});
const stagedSchema = z.object({ operation: operationSchema });
const listSchema = z.object({ operations: z.array(operationSchema) });

const staged = async (token: string, source = 'a.fits', username?: string) =>
  stagedSchema.parse((await service.stage(token, source, username)).json()).operation;
const list = async (token: string, query = '') =>
  listSchema.parse((await service.as(token, `/operations${query}`)).json()).operations;

/** Whether a role has access to a route. */
const admitted = ({ code, status }: Answered) =>
  code === 'UNAUTHENTICATED' || code === 'ROLE_REQUIRED' ? status : 'in';

test('each role may use exactly its routes in the table of routes', async () => {
  const callers = {
    nobody: undefined,
    user: tokens.bob,
    operator: tokens.operator,
    portal: tokens.portal,
    monitoring: tokens.monitoring,
  } as const;
  for (const { path, access } of routeTable) {
    const address = path.replace(/:id/, '00000000-0000-7000-8000-000000000000').replace('*', 'x');
    // Streams do not end.
    if (address === '/logs/stream' || address === '/operations/events') continue;
    for (const [role, token] of Object.entries(callers)) {
      const answer = token === undefined ? await service.send(address) : await service.as(token, address);
      const isIn = typeof access === 'string' || access.some((allowed) => allowed === role);
      const expected = isIn ? 'in' : token === undefined ? 401 : 403;
      expect([path, role, admitted(answer)]).toEqual([path, role, expected]);
    }
  }
});

test.each([
  ['/stage_data?method=local_copy', { local_path_on_storage: 'a.fits', relative_path: 'x' }],
  ['/stage/local', { data: { local_path_on_storage: 'a.fits', relative_path: 'x' } }],
  ['/batches?method=local_copy', { items: [{ local_path_on_storage: 'a.fits', relative_path: 'x' }] }],
])('%s refuses a username in the body, which would be ignored', async (path, body) => {
  const sent = { method: 'POST', body: { ...body, username: 'carol' } };
  const refused = await service.as(tokens.operator, path, sent);
  const fault = { path: 'body.username', message: 'has no effect: give it in the query, as ?username=…' };
  expect([refused.status, refused.json()]).toEqual([422, expect.objectContaining({ errors: [fault] })]);
  const accepted = await service.as(
    tokens.operator,
    `${path}${path.includes('?') ? '&' : '?'}username=carol`,
    sent,
  );
  expect(accepted.status).toBeLessThan(300);
});

test('every route of the API is in the table', async () => {
  const { paths } = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse((await service.send('/openapi.json')).json());
  for (const path of Object.keys(paths)) {
    const address = path.replaceAll(/\{\w+\}/g, 'x').toLowerCase();
    const answer = await service.as(tokens.operator, address, { method: 'PATCH' });
    expect([path, answer.code]).toEqual([path, 'METHOD_NOT_ALLOWED']);
  }
});

test('users see their own operations, operators all', async () => {
  const alices = await staged(tokens.alice);
  const bobs = await staged(tokens.bob);
  expect([alices.username, bobs.username]).toEqual(['alice', 'bob']);
  const names = async (token: string, query?: string) =>
    new Set((await list(token, query)).map(({ username }) => username));
  expect(await names(tokens.alice)).toEqual(new Set(['alice']));
  expect(await names(tokens.alice, '?username=bob')).toEqual(new Set());
  expect(await names(tokens.alice, '?order=largest&text=a')).toEqual(new Set(['alice']));
  expect((await names(tokens.operator)).size).toBeGreaterThanOrEqual(2);
  expect(await names(tokens.operator, '?username=bob')).toEqual(new Set(['bob']));
  const csv = await service.as(tokens.alice, '/operations?format=csv');
  expect(csv.text).toContain(alices.id);
  expect(csv.text).not.toContain(bobs.id);
});

test("another user's operation, batch and job are answered like nonexistent ones", async () => {
  const { id } = await staged(tokens.bob);
  const unknown = '01a227a6-2aea-76d1-9729-cba4275c9fec';
  const batch = await service.as(tokens.bob, '/batches?method=local_copy', {
    method: 'POST',
    body: { items: [{ local_path_on_storage: 'a.fits', relative_path: 'in batch' }] },
  });
  const batchId = z.object({ id: z.string() }).parse(batch.json()).id;
  const asked = [
    ['GET', '/operations/:id', id],
    ['DELETE', '/operations/:id', id],
    ['POST', '/operations/:id/retry', id],
    ['GET', '/operations/:id/events', id],
    ['GET', '/batches/:id', batchId],
    ['DELETE', '/batches/:id', batchId],
    ['POST', '/batches/:id/retry', batchId],
    ['GET', '/uws/jobs/:id', id],
    ['GET', '/uws/jobs/:id/phase', id],
    ['GET', '/uws/jobs/:id/error', id],
    ['DELETE', '/uws/jobs/:id', id],
  ] as const;
  for (const [method, path, own] of asked) {
    const about = async (token: string, real: string) => {
      const answer = await service.as(token, path.replace(':id', real), { method });
      const { request_id, ...rest } = z.record(z.string(), z.unknown()).parse(answer.json());
      return JSON.stringify([answer.status, rest]).replaceAll(real, 'ID');
    };
    expect([path, await about(tokens.alice, own)]).toEqual([path, await about(tokens.alice, unknown)]);
  }
  for (const path of ['/batches', '/uws/jobs', '/overview']) {
    const { text } = await service.as(tokens.alice, path);
    expect([text.includes(id), text.includes(batchId)]).toEqual([false, false]);
  }
  expect((await service.as(tokens.bob, `/operations/${id}`)).status).toBe(200);
});

test('totals include only visible operations', async () => {
  const stranger = await service.makeToken('--user', 'stranger');
  service.process.kill('SIGHUP');
  await waitFor(async () => (await service.as(stranger, '/operations')).status === 200);
  expect((await service.as(stranger, '/overview')).json()).toMatchObject({ methods: [] });
  expect(
    z
      .object({ methods: z.array(z.object({ completed: z.number() })) })
      .parse((await service.as(tokens.operator, '/overview?hours=2')).json()).methods[0]?.completed,
  ).toBeGreaterThan(1);
});

test('users cannot stage, download, list or start a batch or job in the name of another user', async () => {
  const before = (await list(tokens.bob)).length;
  const item = { local_path_on_storage: 'a.fits', relative_path: 'from alice' };
  const answers = [
    await service.stage(tokens.alice, 'a.fits', 'bob'),
    await service.as(tokens.alice, '/batches?method=local_copy&username=bob', {
      method: 'POST',
      body: { items: [item] },
    }),
    await service.as(tokens.alice, '/download/a.fits?username=bob'),
    await service.as(tokens.alice, '/uws/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  ];
  expect(answers.map(({ status, code }) => [status, code])).toEqual([
    [403, 'USERNAME_FORBIDDEN'],
    [403, 'USERNAME_FORBIDDEN'],
    [403, 'USERNAME_FORBIDDEN'],
    [303, ''],
  ]);
  expect((await list(tokens.bob)).length).toBe(before);
  // Refused requests are in the caller's own record.
  expect((await list(tokens.alice)).filter(({ actor }) => actor !== null)).toEqual([]);
});

test('an operator can, and the record names the operator', async () => {
  expect(await staged(tokens.operator, 'a.fits', 'bob')).toMatchObject({ username: 'bob', actor: 'olga' });
  expect(await staged(tokens.portal, 'a.fits', 'bob')).toMatchObject({ username: 'bob', actor: 'a portal' });
  const nobody = await service.stage(tokens.portal, 'a.fits');
  expect([nobody.status, nobody.code]).toEqual([422, 'BODY_INVALID']);
});

test('idempotency keys are separate for each user', async () => {
  const keyed = (token: string) =>
    service.as(token, '/stage_data?method=local_copy', {
      method: 'POST',
      headers: { 'idempotency-key': 'the-same-key' },
      body: { local_path_on_storage: 'a.fits', relative_path: 'keyed' },
    });
  const [one, other] = [await keyed(tokens.alice), await keyed(tokens.bob)].map(
    (answer) => stagedSchema.parse(answer.json()).operation,
  );
  expect([one?.username, other?.username]).toEqual(['alice', 'bob']);
});

test('sources of a project are closed to others, and so is a folder that contains them', async () => {
  const member = await service.provider.sign({ sub: 'm', preferred_username: 'mia', groups: ['/survey'] });
  expect(await staged(member, 'closed/secret.fits', 'survey-team')).toMatchObject({
    username: 'survey-team',
    actor: 'mia',
  });
  expect((await list(member)).map(({ username }) => username)).toContain('survey-team');
  const refused = [
    await service.stage(tokens.alice, 'closed/secret.fits'),
    await service.stage(tokens.alice, `${service.sourceStorage}//closed/./secret.fits`),
    await service.stage(tokens.alice, service.sourceStorage),
    await service.stage(tokens.alice, '.'),
    await service.as(tokens.alice, '/download/closed/secret.fits'),
    await service.as(tokens.alice, '/browse?path=closed'),
    await service.as(tokens.alice, '/preview?path=closed/secret.fits'),
    await service.as(tokens.alice, '/search?path=closed&text=secret'),
    await service.as(tokens.alice, '/browse/size?path=closed'),
    await service.as(tokens.alice, '/preview/picture?path=closed/secret.fits'),
    await service.as(tokens.alice, '/preview/table?path=closed/secret.fits'),
  ];
  expect(refused.map(({ status, code }) => [status, code])).toEqual(
    refused.map(() => [403, 'SOURCE_FORBIDDEN']),
  );
  const batch = await service.as(tokens.alice, '/batches?method=local_copy', {
    method: 'POST',
    body: { items: [{ local_path_on_storage: 'closed/secret.fits', relative_path: 'x' }] },
  });
  expect([batch.status, batch.text.includes('belongs to the project survey')]).toEqual([422, true]);
  expect((await service.stage(tokens.alice, 'closed', 'survey-team')).code).toBe('USERNAME_FORBIDDEN');
});

test('a search in a parent folder does not find them, and paths in them are reported as forbidden', async () => {
  const member = await service.provider.sign({ sub: 'm', preferred_username: 'mia', groups: ['/survey'] });
  const found = async (token: string) => (await service.as(token, '/search?text=secret')).text;
  expect(await found(member)).toContain('closed/secret.fits');
  expect(await found(tokens.alice)).not.toContain('secret');
  const checked = await service.as(tokens.alice, '/browse/check', {
    method: 'POST',
    body: { paths: ['closed/secret.fits', 'closed/*', '*/secret*', 'a.fits'] },
  });
  expect(checked.json()).toMatchObject({
    paths: [
      { code: 'SOURCE_FORBIDDEN' },
      { code: 'SOURCE_FORBIDDEN' },
      { code: 'SOURCE_NOT_FOUND' },
      { kind: 'file' },
    ],
  });
});

test('links into them are refused, both by name and in a staged folder', async () => {
  await mkdir(join(service.sourceStorage, 'open'));
  await symlink('../closed/secret.fits', join(service.sourceStorage, 'open', 'link.fits'));
  await symlink('../closed', join(service.sourceStorage, 'open', 'folder'));
  for (const source of ['open/link.fits', 'open/folder', 'open/folder/secret.fits', 'open']) {
    const answer = await service.stage(tokens.alice, source);
    expect([source, answer.status, answer.code]).toEqual([source, 403, 'SOURCE_FORBIDDEN']);
  }
  expect((await service.as(tokens.alice, '/preview?path=open/link.fits')).code).toBe('SOURCE_FORBIDDEN');
  expect((await service.as(tokens.alice, '/browse?path=open')).json()).toMatchObject({
    entries: [
      { name: 'folder', kind: 'other' },
      { name: 'link.fits', kind: 'other' },
    ],
  });
});

test('the scopes of a token limit what it may read and stage, by path components and not by text prefixes', async () => {
  await mkdir(join(service.sourceStorage, 'survey'));
  await mkdir(join(service.sourceStorage, 'survey2'));
  await writeFile(join(service.sourceStorage, 'survey', 'b.fits'), 'b');
  await writeFile(join(service.sourceStorage, 'survey2', 'b.fits'), 'b');
  const signed = (scope: string) => service.provider.sign({ sub: 's', preferred_username: 'sam', scope });
  const outcome = async (scope: string, path: string) => {
    const token = await signed(scope);
    const read = await service.as(token, `/download/${path}`);
    return [read.status, (await service.stage(token, path)).status];
  };
  expect(await outcome('openid', 'survey/b.fits')).toEqual([200, 200]);
  expect(await outcome('storage.read:/survey', 'survey/b.fits')).toEqual([200, 403]);
  expect(await outcome('storage.stage:/survey', 'survey/b.fits')).toEqual([200, 200]);
  expect(await outcome('storage.stage:/surv%65y/', 'survey/b.fits')).toEqual([200, 200]);
  expect(await outcome('storage.stage:/', 'survey/b.fits')).toEqual([200, 200]);
  expect(await outcome('storage.stage:/survey', 'survey2/b.fits')).toEqual([403, 403]);
  expect(await outcome('storage.stage:/survey/../survey2', 'survey2/b.fits')).toEqual([403, 403]);
  expect(await outcome('storage.stage:survey', 'survey/b.fits')).toEqual([403, 403]);
  expect(await outcome('storage.create:/', 'survey/b.fits')).toEqual([403, 403]);
});

test('a token with scopes cannot retry a batch or an operation outside them', async () => {
  const signed = (scope: string) => service.provider.sign({ sub: 's', preferred_username: 'sam', scope });
  const [all, some] = await Promise.all([signed('openid'), signed('storage.stage:/survey')]);
  const post = { method: 'POST' };
  const items = [{ local_path_on_storage: 'elsewhere/c.fits', relative_path: 'c.fits' }];
  const accepted = await service.as(all, '/batches?method=local_copy', { ...post, body: { items } });
  const batch = `/batches/${z.object({ id: z.string() }).parse(accepted.json()).id}`;
  const seen = z.object({ phase: z.string(), operations: z.array(z.object({ id: z.string() })) });
  const now = async () => seen.parse((await service.as(all, batch)).json());
  await waitFor(async () => (await now()).phase === 'ERROR');
  const [operation] = (await now()).operations;
  for (const path of [batch, `/operations/${operation?.id}`]) {
    const refused = await service.as(some, `${path}/retry`, post);
    expect([path, refused.status, refused.code]).toEqual([path, 403, 'SOURCE_FORBIDDEN']);
  }
  expect((await service.as(all, `${batch}/retry`, post)).status).toBe(202);
});

test("an operation requested with a caller's token at JupyterHub is not retried with that of the service", async () => {
  const answer = await service.as(tokens.alice, '/stage_data?method=jupyter_copy', {
    method: 'POST',
    headers: { 'jupyter-token': 'a-token-that-no-hub-knows' },
    body: { local_path_on_storage: 'a.fits', relative_path: 'a.fits' },
  });
  const { operation_id: id } = z.object({ operation_id: z.string() }).parse(answer.json());
  const retried = await service.as(tokens.alice, `/operations/${id}/retry`, { method: 'POST' });
  expect([retried.status, retried.code]).toEqual([409, 'NOT_RETRYABLE']);
  expect(retried.text).toContain('your own token');
  expect((await service.as(tokens.alice, `/operations/${id}`)).json()).toMatchObject({ retryable: false });
});

test('events include only visible operations', async () => {
  const controller = new AbortController();
  const events = await fetch(`${service.url}/operations/events`, {
    headers: { authorization: `Bearer ${tokens.alice}` },
    signal: controller.signal,
  });
  let heard = '';
  const listening = (async () => {
    for await (const chunk of events.body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  const bobs = await staged(tokens.bob, 'a.fits');
  const alices = await staged(tokens.alice, 'a.fits');
  await waitFor(() => heard.includes(alices.id));
  expect(heard).not.toContain(bobs.id);
  controller.abort();
  await listening;
});
