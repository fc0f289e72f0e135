import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { waitFor } from '../../contracts/waitFor.ts';
import { freePort } from '../../services/freePort.ts';
import { type IdentifiedService, startIdentified } from './identifiedService.ts';

let service: IdentifiedService;
beforeAll(async () => {
  const port = String(await freePort());
  service = await startIdentified({
    PUBLIC_URLS: `http://127.0.0.1:${port},http://staging.example.org`,
    PORT: port,
  });
  await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
  await writeFile(join(service.sourceStorage, 'b.fits'), 'data');
});
afterAll(() => service.end());

/** The cookie of a session that a token starts. */
async function logIn(token: string): Promise<string> {
  const answer = await fetch(`${service.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  const cookie = answer.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^__Host-staging=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  return cookie.split(';')[0] ?? '';
}

const withCookie = (cookie: string, path: string, sent: Parameters<IdentifiedService['send']>[1] = {}) =>
  service.send(path, { ...sent, headers: { cookie, ...sent.headers } });

test('a session authenticates its user until it ends', async () => {
  const cookie = await logIn(service.tokens.alice);
  expect((await withCookie(cookie, '/session')).json()).toMatchObject({
    caller: { name: 'alice', username: 'alice', roles: ['user'], areas: ['alice'] },
  });
  expect((await withCookie(cookie, '/logs')).code).toBe('ROLE_REQUIRED');
  expect((await withCookie(cookie, '/session', { method: 'DELETE' })).json()).toEqual({ logout_url: null });
  expect((await withCookie(cookie, '/operations')).status).toBe(401);
  expect((await withCookie(cookie, '/session')).json()).toMatchObject({ caller: null });
});

test('pages of other sites cannot use it', async () => {
  const cookie = await logIn(service.tokens.alice);
  const headers = { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' };
  const forged = await withCookie(cookie, '/session', { method: 'DELETE', headers });
  expect([forged.status, forged.code]).toEqual([403, 'ORIGIN_REFUSED']);
  expect((await withCookie(cookie, '/operations')).status).toBe(200);
});

test('it ends with the token that started it, and so do its event streams', async () => {
  const token = await service.makeToken('--user', 'gina');
  service.process.kill('SIGHUP');
  await waitFor(async () => (await service.as(token, '/operations')).status === 200);
  const cookie = await logIn(token);
  expect((await withCookie(cookie, '/operations')).status).toBe(200);
  const kept = await readFile(service.tokensFile, 'utf8');
  await writeFile(service.tokensFile, kept.replace(/^.*gina.*\n/m, ''));
  service.process.kill('SIGHUP');
  await waitFor(async () => (await withCookie(cookie, '/operations')).status === 401);
  const short = await service.provider.sign({
    sub: 'short',
    preferred_username: 'short',
    exp: Math.floor(Date.now() / 1000) + 6,
  });
  const events = await fetch(`${service.url}/operations/events`, {
    headers: { authorization: `Bearer ${short}` },
  });
  expect(events.status).toBe(200);
  // It ends by itself.
  await events.text();
});

test('no session is created with more rights than its token', async () => {
  const user = { sub: 'narrow', preferred_username: 'nora' };
  const narrow = await service.provider.sign({ ...user, scope: 'storage.read:/survey' });
  const program = await service.provider.sign({ sub: 'job', client_id: 'job' });
  for (const token of [narrow, program]) {
    const answer = await service.send('/session', { method: 'POST', body: { token } });
    expect([answer.status, answer.code]).toEqual([403, 'LOGIN_FAILED']);
  }
});

test('no session is created without TLS, because browsers would not store its cookie', async () => {
  const answer = await service.send('/session', {
    method: 'POST',
    headers: { host: 'staging.example.org' },
    body: { token: service.tokens.alice },
  });
  expect([answer.status, answer.code]).toEqual([403, 'LOGIN_FAILED']);
  expect(answer.text).toContain('https');
});

test('invented secrets, and the hashes in the record, are refused', async () => {
  for (const cookie of ['__Host-staging=', '__Host-staging=x', `__Host-staging=${'a'.repeat(64)}`]) {
    expect((await withCookie(cookie, '/operations')).status).toBe(401);
  }
});

test('a link allows one download, until it expires', async () => {
  const makeLink = async (seconds: number) => {
    const body = { path: 'a.fits', seconds };
    const made = await service.as(service.tokens.alice, '/download-links', { method: 'POST', body });
    expect(made.status).toBe(201);
    const { url, expires_at } = z.object({ url: z.string(), expires_at: z.string() }).parse(made.json());
    const untilMs = Date.parse(expires_at);
    expect(untilMs - Date.now()).toBeLessThanOrEqual(seconds * 1000);
    return { url, untilMs, address: url.slice(new URL(url).origin.length) };
  };
  const { url, address } = await makeLink(300);
  const opened = await service.send(address);
  expect([opened.status, opened.text]).toEqual([200, 'data']);
  expect((await service.send(address.replace('a.fits', 'b.fits'))).status).toBe(401);
  expect((await service.send(address.replace('/download/a.fits', '/operations'))).status).toBe(401);
  const secret = new URL(url).searchParams.get('link');
  expect((await withCookie(`__Host-staging=${secret}`, '/operations')).status).toBe(401);
  const short = await makeLink(1);
  await waitFor(() => Date.now() > short.untilMs);
  expect((await service.send(short.address)).status).toBe(401);
  const log = await readFile(join(service.directory, 'staging_service.log'), 'utf8');
  expect(log).not.toContain(secret);
});

test('a link to forbidden data, or with a long lifetime, is refused', async () => {
  const link = (token: string, body: object) =>
    service.as(token, '/download-links', { method: 'POST', body });
  const closed = await link(service.tokens.alice, { path: 'closed/secret.fits' });
  expect([closed.status, closed.code]).toEqual([403, 'SOURCE_FORBIDDEN']);
  expect((await link(service.tokens.alice, { path: 'a.fits', seconds: 301 })).status).toBe(422);
  expect((await link(service.tokens.alice, { path: '../etc/passwd' })).code).toBe('PATH_OUTSIDE_STORAGE');
});
