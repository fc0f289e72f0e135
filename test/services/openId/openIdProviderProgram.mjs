// A real OpenID provider (the certified `oidc-provider`) with users who log in with their name and any password.

import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { issuer, port, keys, clients, audience, users } = JSON.parse(process.argv[2] ?? '{}');

const claimsOf = (id) => ({ sub: id, preferred_username: id, ...users[id] });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys },
  cookies: { keys: ['only for tests'] },
  scopes: ['openid', 'profile', 'offline_access'],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
  conformIdTokenClaims: false,
  findAccount: (_context, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  extraTokenClaims: (_context, { accountId }) => (accountId ? claimsOf(accountId) : {}),
  features: {
    clientCredentials: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        audience,
        scope: 'storage.read:/ storage.stage:/',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

createServer(provider.callback()).listen(port, '127.0.0.1', () => process.stdout.write('listening\n'));
