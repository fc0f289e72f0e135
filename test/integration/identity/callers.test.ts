import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exportSPKI, importJWK } from 'jose';
import { waitFor } from '../../contracts/waitFor.ts';
import { audience, type IdentifiedService, proxyAddress, startIdentified } from './identifiedService.ts';

let service: IdentifiedService;
beforeAll(async () => {
  service = await startIdentified();
  await writeFile(join(service.sourceStorage, 'a.fits'), 'data');
});
afterAll(() => service.end());

const now = () => Math.floor(Date.now() / 1000);
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const ask = (token: string) => service.as(token, '/operations');

test('an unauthenticated request is answered with the accepted credentials', async () => {
  const answer = await service.send('/operations');
  expect([answer.status, answer.code]).toEqual([401, 'UNAUTHENTICATED']);
  expect(answer.challenges).toContain('Bearer realm="staging"');
  expect(answer.challenges).toContain(
    `discovery_url="${service.provider.issuer}/.well-known/openid-configuration"`,
  );
  expect((await service.send('/healthz')).status).toBe(200);
});

test('an access token of the provider stages for its user', async () => {
  const token = await service.provider.sign({ sub: '1', preferred_username: 'anna', groups: [] });
  const answer = await service.stage(token, 'a.fits');
  expect(answer.status).toBe(200);
  expect(answer.json()).toMatchObject({ operation: { username: 'anna', actor: null, phase: 'COMPLETED' } });
  expect(await readFile(join(service.userAreas, 'anna', 'copies', 'a.fits'), 'utf8')).toBe('data');
});

test.each<[string, () => Promise<string>, string]>([
  ['has expired', () => sign({ exp: now() - 31 }), 'it has expired'],
  ['is not valid yet', () => sign({ nbf: now() + 60 }), 'it is not valid yet'],
  ['is from the future', () => sign({ iat: now() + 60 }), 'it is from the future'],
  ['never expires', () => sign({ exp: undefined }), 'its claim exp is missing or wrong'],
  [
    'was made for another service',
    () => sign({ aud: 'https://other.example.org' }),
    'issued for another service',
  ],
  ['is of another issuer', () => sign({ iss: 'https://evil.example.org' }), 'does not know'],
  ['is of an issuer that looks alike', () => sign({ iss: `${service.provider.issuer}/` }), 'does not know'],
  ['is signed with an unknown key', () => sign({}, { kid: 'unknown' }), 'signing key is unknown'],
  ['is an ID token', () => sign({ nonce: 'n' }), 'it is not an access token'],
  ['is an ID token by its hash', () => sign({ at_hash: 'h' }), 'it is not an access token'],
  ['is of another type', () => sign({}, { typ: 'logout+jwt' }), 'it is not an access token'],
  ['has one bit changed', async () => flipped(await sign({})), 'its signature is wrong'],
  ['is not signed', async () => unsigned(await sign({})), 'signature algorithm is not accepted'],
  [
    'is signed with the public key as a secret',
    async () => symmetric(await sign({})),
    'signature algorithm is not accepted',
  ],
  ['is a text', async () => 'nonsense', 'it is not a JSON Web Token'],
  ['is empty in the middle', async () => 'a..b', 'it is not a JSON Web Token'],
  ['has spaces in it', async () => 'a b', 'contains invalid characters'],
])('a token that %s is refused', async (_what, make, reason) => {
  const answer = await ask(await make());
  expect([answer.status, answer.code]).toEqual([401, 'TOKEN_INVALID']);
  expect(answer.text).toContain(reason);
  expect(answer.challenges).toContain('error="invalid_token"');
});

test.each<[string, () => Promise<string>]>([
  ['a clock half a minute off', () => sign({ exp: now() - 20, nbf: now() + 20, iat: now() + 20 })],
  ['several audiences', () => sign({ aud: ['https://other.example.org', audience] })],
  ['the audience of WLCG for any service', () => sign({ aud: 'https://wlcg.cern.ch/jwt/v1/any' })],
  ['no type', () => sign({}, { typ: 'JWT' })],
])('a token with %s is accepted', async (_what, make) => {
  expect((await ask(await make())).status).toBe(200);
});

test('an account keeps its user, and no other account gets it', async () => {
  const claims = { sub: 'first', preferred_username: 'carla' };
  expect((await service.stage(await service.provider.sign(claims), 'a.fits')).status).toBe(200);
  const other = await ask(await service.provider.sign({ sub: 'second', preferred_username: 'carla' }));
  expect([other.status, other.code]).toEqual([403, 'ACCOUNT_REFUSED']);
  expect(other.text).toContain('belongs to another account');
  const renamed = await service.provider.sign({ sub: 'first', preferred_username: 'carla-married' });
  expect((await service.stage(renamed, 'a.fits')).json()).toMatchObject({ operation: { username: 'carla' } });
});

test('a name that is not valid for a folder is refused as a user', async () => {
  for (const name of ['../bob', '.hidden', 'a/b', '', 7]) {
    const answer = await ask(await service.provider.sign({ sub: `odd-${name}`, preferred_username: name }));
    expect([name, answer.status, answer.code]).toEqual([name, 403, 'ACCOUNT_REFUSED']);
  }
});

test('a portal acts for users with its own token, or with an exchanged one', async () => {
  const own = await service.provider.clientToken('gateway', 'gateway secret');
  expect((await service.stage(own, 'a.fits', 'dora')).json()).toMatchObject({
    operation: { username: 'dora', actor: 'gateway' },
  });
  const exchanged = { sub: '4', preferred_username: 'erna', act: { sub: 'gateway' } };
  expect((await service.stage(await service.provider.sign(exchanged), 'a.fits')).json()).toMatchObject({
    operation: { username: 'erna', actor: 'gateway' },
  });
  const forAnother = await service.stage(await service.provider.sign(exchanged), 'a.fits', 'dora');
  expect([forAnother.status, forAnother.code]).toEqual([403, 'USERNAME_FORBIDDEN']);
});

test('headers name the user only if a trusted proxy sends them', async () => {
  const headers = { 'x-forwarded-user': 'frida', 'x-forwarded-groups': 'readers, staging-operators' };
  const fromProxy = await service.send('/logs?limit=1', { headers, from: proxyAddress });
  expect(fromProxy.status).toBe(200);
  const fromElsewhere = await service.send('/logs?limit=1', { headers });
  expect([fromElsewhere.status, fromElsewhere.code]).toEqual([401, 'UNAUTHENTICATED']);
  const odd = await service.send('/operations', {
    headers: { 'x-forwarded-user': '../bob' },
    from: proxyAddress,
  });
  expect([odd.status, odd.code]).toEqual([403, 'ACCOUNT_REFUSED']);
});

test('a token of the service is accepted after SIGHUP, until it is revoked or expires', async () => {
  const gina = await service.makeToken('--user', 'gina', '--expires', '1h');
  expect((await ask(gina)).status).toBe(401);
  service.process.kill('SIGHUP');
  await waitFor(async () => (await ask(gina)).status === 200);
  const kept = await readFile(service.tokensFile, 'utf8');
  expect(kept).not.toContain(gina);
  await writeFile(service.tokensFile, 'not a token');
  service.process.kill('SIGHUP');
  await waitFor(() => service.output().includes('could not reload the tokens; keeping the previous ones'));
  expect((await ask(gina)).status).toBe(200);
  await writeFile(service.tokensFile, kept.replace(/^.*gina.*\n/m, ''));
  service.process.kill('SIGHUP');
  await waitFor(async () => (await ask(gina)).status === 401);
});

test('a new key of the provider is fetched, and the old one stays valid for its tokens', async () => {
  const old = await sign({});
  expect((await ask(old)).status).toBe(200);
  await service.provider.rotate();
  expect((await ask(old)).status).toBe(200);
  // Keys are fetched again at most every five seconds.
  await waitFor(async () => (await ask(await sign({}))).status === 200);
  expect((await ask(old)).status).toBe(401);
});

test('while the provider is unavailable its cached keys are used, and an unknown key is not reported as an invalid token', async () => {
  const token = await sign({});
  await service.provider.stop();
  expect((await ask(token)).status).toBe(200);
  await waitFor(async () => (await ask(await sign({}, { kid: 'newer' }))).status === 503);
  const unknown = await ask(await sign({}, { kid: 'newest' }));
  expect([unknown.status, unknown.code]).toEqual([503, 'IDENTITY_PROVIDER_UNREACHABLE']);
});

test('no token appears in the log, the record or an answer', async () => {
  const written = await service.everythingWritten();
  expect(written).toContain('request answered');
  expect(written).toContain('SQLite format 3');
  for (const token of Object.values(service.tokens)) expect(written).not.toContain(token);
  // Anything that looks like a JSON Web Token.
  expect(written).not.toMatch(/eyJ[\w-]{10,}\./);
});

const sign = (claims: object, header?: { readonly kid?: string; readonly typ?: string }) =>
  service.provider.sign({ sub: '7', preferred_username: 'hanna', ...claims }, header);

/** Another first letter of the signature: the last bits of a signature's text may be unused. */
function flipped(token: string): string {
  const place = token.lastIndexOf('.') + 1;
  return token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
}

function unsigned(token: string): string {
  return `${encoded({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.`;
}

async function symmetric(token: string): Promise<string> {
  const { kty = '', n = '', e = '' } = service.provider.key;
  const publicKey = await importJWK({ kty, n, e }, 'RS256', { extractable: true });
  if (publicKey instanceof Uint8Array) throw new Error('it is not a public key');
  const signed = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: service.provider.key.kid })}.${token.split('.')[1]}`;
  const secret = await exportSPKI(publicKey);
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
