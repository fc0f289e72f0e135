import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { freePort } from '../freePort.ts';
import { rememberToken } from '../staging/leakedTokens.ts';
import { tied } from '../tiedProcess.ts';

const program = fileURLToPath(new URL('openIdProviderProgram.mjs', import.meta.url));

/** A client of the provider (OpenID Connect Dynamic Client Registration 1.0 §2). */
interface Client {
  readonly client_id: string;
  readonly client_secret: string;
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[];
}

/** The options of a provider. */
interface ProviderOptions {
  readonly audience: string;
  readonly clients: readonly Client[];
  /** The claims of users besides their names. */
  readonly users?: Readonly<Record<string, object>>;
}

/** A running provider, whose keys the tests have, to make tokens that it would never issue. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly key: JWK;
  /** A token as the provider signs it, valid for the audience unless the claims override it. */
  sign(claims: JWTPayload, header?: { readonly kid?: string; readonly typ?: string }): Promise<string>;
  /** The token that the provider itself gives to a client. */
  clientToken(id: string, secret: string): Promise<string>;
  /** Restarts with a new key, and without the old one. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a provider on this machine. It ends with the test, in any case. */
export async function startOpenIdProvider(options: ProviderOptions): Promise<OpenIdProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  let key = await newKey('first');
  let running = await start({ ...options, issuer, port, keys: [key] });
  return {
    issuer,
    get key() {
      return key;
    },
    async sign(claims, { kid = key.kid, typ = 'at+jwt' } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const defaults = { iss: issuer, aud: options.audience, iat: now, exp: now + 300, client_id: 'page' };
      return new SignJWT({ ...defaults, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ, ...(kid !== undefined && { kid }) })
        .sign(await importJWK(key, 'RS256'));
    },
    async clientToken(id, secret) {
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource: options.audience });
      const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
      const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body });
      const token: unknown = await answer.json();
      if (typeof token === 'object' && token && 'access_token' in token)
        return rememberToken(String(token.access_token));
      throw new Error(`the provider gave no token: ${JSON.stringify(token)}`);
    },
    async rotate() {
      await end(running);
      key = await newKey('second');
      running = await start({ ...options, issuer, port, keys: [key] });
    },
    stop: () => end(running),
  };
}

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
}

async function start(options: object): Promise<ChildProcess> {
  const [command, parameters] = tied([process.execPath, program, JSON.stringify(options)]);
  const running = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(running, 'exit').then(([code]) => {
    throw new Error(`the OpenID provider ended with ${code} before it listened`);
  });
  await Promise.race([once(createInterface(running.stdout), 'line'), ended]);
  ended.catch(() => undefined);
  return running;
}

async function end(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  const ended = once(running, 'exit');
  running.kill('SIGKILL');
  await ended;
}
