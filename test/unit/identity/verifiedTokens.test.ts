import { expect, test } from '@jest/globals';
import { generateKeyPair } from 'jose';
import { Secret } from '../../../shared/config/secret.ts';
import { createVerifiedTokens } from '../../../shared/identity/verifiedTokens.ts';
import { anybody } from '../../../shared/model/caller.ts';

const token = new Secret('a.b.c');
const [{ publicKey }, { publicKey: otherKey }] = await Promise.all([
  generateKeyPair('ES256'),
  generateKeyPair('ES256'),
]);
const verified = {
  caller: anybody,
  header: { alg: 'ES256' },
  key: publicKey,
  keys: async () => publicKey,
  expiresAt: new Date(Date.now() + 3_600_000),
};

test('only a verified token is cached', async () => {
  const tokens = createVerifiedTokens();
  expect(await tokens.find(token)).toBeUndefined();
  tokens.keep(token, verified);
  expect(await tokens.find(token)).toBe(anybody);
  expect(await tokens.find(new Secret('a.b.d'))).toBeUndefined();
});

test.each([
  ['has expired', { expiresAt: new Date(Date.now() - 1) }],
  ['is signed with a key that its provider has replaced', { keys: async () => otherKey }],
  ['is of a provider whose keys are no longer known', { keys: () => Promise.reject(new Error('away')) }],
])('a token that %s must be verified', async (_, change) => {
  const tokens = createVerifiedTokens();
  tokens.keep(token, { ...verified, ...change });
  expect(await tokens.find(token)).toBeUndefined();
});

test('the oldest is evicted when there are many', async () => {
  const tokens = createVerifiedTokens();
  for (let count = 0; count <= 10_000; count += 1) tokens.keep(new Secret(`token-${count}`), verified);
  expect(await tokens.find(new Secret('token-0'))).toBeUndefined();
  expect(await tokens.find(new Secret('token-1'))).toBe(anybody);
});
