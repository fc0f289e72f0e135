import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import type { RucioCredentials } from '../../../shared/config/rucioConfig.ts';
import { Secret } from '../../../shared/config/secret.ts';
import { createRucioClient } from '../../../shared/rucio/rucioClient.ts';
import { createRucioTokens } from '../../../shared/rucio/rucioTokens.ts';

const password = 'a-password-that-nobody-may-see';
const { signal } = new AbortController();

type Answer = (request: IncomingMessage, response: ServerResponse, logins: number) => void;

/** A server in place of Rucio, which counts its logins: its tokens are `token-1`, `token-2` and so on. */
async function withServer(
  answer: Answer,
  work: (ask: () => Promise<unknown>, seen: { logins: number; tokens: string[] }) => Promise<void>,
  { lifeMs = 3_600_000, credentials }: { lifeMs?: number; credentials?: RucioCredentials } = {},
): Promise<void> {
  const seen = { logins: 0, tokens: [] as string[] };
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/auth/')) {
      seen.logins += 1;
      response.setHeader('X-Rucio-Auth-Token', `token-${seen.logins}-of-this-very-server`);
      response.setHeader('X-Rucio-Auth-Token-Expires', new Date(Date.now() + lifeMs).toUTCString());
      response.end();
      return;
    }
    seen.tokens.push(String(request.headers['x-rucio-auth-token']));
    answer(request, response, seen.logins);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const url = `http://127.0.0.1:${port}`;
  const config = {
    ...{
      url,
      authUrl: url,
      account: 'root',
      rseExpression: 'A',
      pfnMap: {},
      isBadDeclared: false,
      areRulesMade: false,
      areReplicasPinned: false,
    },
    credentials: credentials ?? { kind: 'userpass' as const, username: 'u', password: new Secret(password) },
  };
  const client = createRucioClient(config, createRucioTokens(config));
  try {
    await work(() => client.call({ path: '/dids/a/b' }, signal), seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const ok: Answer = (_request, response) => response.end('{"a": 1}\n{"a": 2}\n');

test('one login serves many requests, also at the same time', async () => {
  await withServer(ok, async (ask, seen) => {
    await Promise.all([ask(), ask()]);
    expect(await ask()).toMatchObject({ status: 200, values: [{ a: 1 }, { a: 2 }] });
    expect(seen.logins).toBe(1);
  });
});

test('a token is renewed before it expires', async () => {
  const renews = async (ask: () => Promise<unknown>, seen: { logins: number }) => {
    await ask();
    await ask();
    expect(seen.logins).toBe(2);
  };
  // A token that has expired by our clock is never used twice.
  await withServer(ok, renews, { lifeMs: -1000 });
});

test('a refused token is renewed once', async () => {
  const refusesFirst: Answer = (request, response, logins) => {
    if (logins === 1) response.statusCode = 401;
    ok(request, response, logins);
  };
  await withServer(refusesFirst, async (ask, seen) => {
    expect(await ask()).toMatchObject({ status: 200 });
    expect(seen.tokens).toEqual(['token-1-of-this-very-server', 'token-2-of-this-very-server']);
  });
  const refuses: Answer = (_request, response) => response.writeHead(401).end();
  await withServer(refuses, async (ask, seen) => {
    await expect(ask()).rejects.toMatchObject({ code: 'RUCIO_FORBIDDEN' });
    expect(seen.logins).toBe(2);
  });
});

test('a transient failure is retried, and then is a retryable error', async () => {
  let failures = 2;
  const recovers: Answer = (request, response, logins) => {
    failures -= 1;
    if (failures >= 0) response.writeHead(503).end('<html>busy</html>');
    else ok(request, response, logins);
  };
  await withServer(recovers, async (ask) => void expect(await ask()).toMatchObject({ status: 200 }));
  const fails: Answer = (_request, response) => response.writeHead(503).end();
  await withServer(fails, async (ask, seen) => {
    await expect(ask()).rejects.toMatchObject({ code: 'RUCIO_UNREACHABLE', isRetryable: true });
    expect(seen.tokens).toHaveLength(3);
  });
});

test('an answer that is cut off, or is not JSON, is refused', async () => {
  const breaks: Answer = (_request, response) => response.write('{"a": 1}\n{"a"', () => response.destroy());
  await withServer(breaks, async (ask) => expect(ask()).rejects.toMatchObject({ code: 'RUCIO_UNREACHABLE' }));
  const isPage: Answer = (_request, response) => response.end('<html>');
  await withServer(isPage, async (ask) => expect(ask()).rejects.toThrow('not JSON'));
});

test('no secret is in an error, even if Rucio repeats it', async () => {
  const repeats: Answer = (request, response) => {
    const ExceptionMessage = `${password} ${String(request.headers['x-rucio-auth-token'])}\u0007`;
    response.writeHead(403).end(JSON.stringify({ ExceptionClass: 'AccessDenied', ExceptionMessage }));
  };
  await withServer(repeats, async (ask) => {
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RUCIO_FORBIDDEN' });
    expect(String(error)).not.toContain(password);
    expect(String(error)).not.toContain('token-1');
  });
});

test('a redirect is not followed: another host must not receive the token', async () => {
  const redirects: Answer = (_request, response) =>
    response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end();
  await withServer(redirects, async (ask) => expect(await ask()).toMatchObject({ status: 302 }));
});

test('if callers must send tokens, a request without one is refused', async () => {
  await withServer(
    ok,
    async (ask, seen) => {
      await expect(ask()).rejects.toMatchObject({ code: 'RUCIO_TOKEN_MISSING' });
      expect(seen.logins).toBe(0);
    },
    { credentials: { kind: 'caller' } },
  );
});
