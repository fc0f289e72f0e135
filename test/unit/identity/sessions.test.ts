import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { Secret } from '../../../shared/config/secret.ts';
import { tokenHash } from '../../../shared/identity/ownTokens.ts';
import { createSessions } from '../../../shared/identity/sessions.ts';
import { anybody, type Caller } from '../../../shared/model/caller.ts';
import { usernameSchema } from '../../../shared/model/paths.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';

let directory: string;
let record: OperationRecord;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sessions-'));
  record = await openRecord(new Secret(`file:${join(directory, 'test.db')}`));
});
afterAll(async () => {
  await record.close();
  await rm(directory, { recursive: true });
});

const alice: Caller = {
  ...anybody,
  name: 'alice',
  username: usernameSchema.parse('alice'),
  groups: ['survey', 'operators'],
  roles: new Set(['user']),
};

/** The current time of the sessions' clock. */
let now = Date.now();

function sessionsOf(
  session: { readonly idleMs: number; readonly lifetimeMs: number },
  operators = 'operators',
) {
  const config = parseConfig({ DATA_DIR: directory, OPERATOR_GROUPS: operators });
  const services = { config: { ...config, identity: { ...config.identity, session } } };
  return createSessions(services, record.sessions, undefined, () => now);
}

const hour = 3_600_000;

test('a link is for one path, in any encoding by a proxy', async () => {
  const sessions = sessionsOf({ idleMs: 60_000, lifetimeMs: 60_000 });
  const until = new Date(now + 60_000);
  const object = await sessions.beginLink(alice, '/download/s3%3A//sky/a%20b%2B.fits', until);
  for (const path of ['/download/s3%3A//sky/a%20b%2B.fits', '/download/s3:/sky/a%20b+.fits']) {
    expect((await sessions.find(object, path))?.name).toBe('alice');
  }
  for (const path of [
    '/download/s3:/sky//a%20b+.fits',
    '/download/s3:/sky/a',
    '/operations',
    '/download/%zz',
  ]) {
    expect(await sessions.find(object, path)).toBeUndefined();
  }
});

test('a session in use continues, and ends when it is idle', async () => {
  const sessions = sessionsOf({ idleMs: hour, lifetimeMs: 24 * hour });
  const secret = await sessions.begin(alice);
  for (let uses = 0; uses < 5; uses += 1) {
    now += hour - 1000;
    expect(await sessions.find(secret, '/')).toMatchObject({ name: 'alice', username: 'alice' });
  }
  now += hour;
  expect(await sessions.find(secret, '/')).toBeUndefined();
});

test('it ends after its maximum lifetime, even if it is used, and with the token that started it', async () => {
  const sessions = sessionsOf({ idleMs: hour, lifetimeMs: 2 * hour });
  const own = await sessions.begin(alice);
  const short = await sessions.begin({ ...alice, expiresAt: new Date(now + hour / 2) });
  now += hour / 2;
  expect(await sessions.find(own, '/')).toBeDefined();
  expect(await sessions.find(short, '/')).toBeUndefined();
  now += hour - 1000;
  expect(await sessions.find(own, '/')).toBeDefined();
  now += hour / 2 + 1000;
  expect(await sessions.find(own, '/')).toBeUndefined();
});

test('its rights are those that its groups currently have', async () => {
  const session = { idleMs: hour, lifetimeMs: hour };
  const secret = await sessionsOf(session).begin(alice);
  expect((await sessionsOf(session).find(secret, '/'))?.roles).toContain('operator');
  expect((await sessionsOf(session, 'others').find(secret, '/'))?.roles).not.toContain('operator');
});

test('the record contains no secret, and no ended session', async () => {
  const sessions = sessionsOf({ idleMs: hour, lifetimeMs: hour });
  const secret = await sessions.begin(alice);
  expect(await record.sessions.find(secret.reveal())).toBeUndefined();
  expect(await record.sessions.find(tokenHash(secret.reveal()))).toBeDefined();
  now += hour + 1;
  await sessions.begin(alice);
  expect(await record.sessions.find(tokenHash(secret.reveal()))).toBeUndefined();
});
