import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { retry } from '../async/retry.ts';
import type { RucioConfig, RucioCredentials } from '../config/rucioConfig.ts';
import { Secret } from '../config/secret.ts';
import { StagingError } from '../errors/stagingError.ts';
import { tokenSchema } from '../model/token.ts';
import { pauseAfter, reasonOf, unreachable } from './rucioErrors.ts';

/** A token, and when it expires by our clock. */
export interface TimedToken {
  readonly token: Secret;
  readonly expiresAtMs: number;
}

type Own<Kind extends RucioCredentials['kind']> = Extract<RucioCredentials, { readonly kind: Kind }>;

/** How long a login may take, in ms. */
const timeoutMs = 30_000;

/** How long a token without a stated expiry is used, in ms: Rucio's own are valid for an hour. */
const unknownLifeMs = 10 * 60_000;

/** Gets a token of the service at Rucio. @throws RUCIO_FORBIDDEN, RUCIO_UNREACHABLE */
export function logIn(config: RucioConfig): Promise<TimedToken> {
  return retry(() => logInOnce(config), pauseAfter);
}

async function logInOnce({ credentials, account, authUrl }: RucioConfig): Promise<TimedToken> {
  const headers: Record<string, string> = account === undefined ? {} : { 'X-Rucio-Account': account };
  switch (credentials.kind) {
    case 'userpass': {
      const { username, password } = credentials;
      const own = { 'X-Rucio-Username': username, 'X-Rucio-Password': password.reveal() };
      const answer = await answered(() => get(`${authUrl}/auth/userpass`, { ...headers, ...own }));
      return rucioToken(answer.status, (name) => answer.headers.get(name));
    }
    case 'x509_proxy': {
      const answer = await answered(() =>
        getWithCertificate(`${authUrl}/auth/x509_proxy`, headers, credentials),
      );
      return rucioToken(answer.status, (name) => answer.headers[name] ?? null);
    }
    case 'oidc':
      return clientToken(credentials);
    case 'caller':
      throw new StagingError('RUCIO_TOKEN_MISSING');
  }
}

function get(url: string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
}

/** Translates errors of the connection. */
async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof StagingError) throw error;
    throw unreachable(reasonOf(error), error);
  }
}

function rucioToken(status: number, header: (name: string) => string | null): TimedToken {
  checkStatus(status, 'Rucio');
  const token = header('x-rucio-auth-token');
  if (token === null || token === '') throw unreachable('it gave no token', undefined, 0);
  const expiresAtMs = Date.parse(header('x-rucio-auth-token-expires') ?? '');
  return {
    token: new Secret(token),
    expiresAtMs: Number.isNaN(expiresAtMs) ? Date.now() + unknownLifeMs : expiresAtMs,
  };
}

function checkStatus(status: number, who: string): void {
  if (status >= 200 && status < 300) return;
  const reason = `${who} answered ${status} to the login`;
  if (status >= 400 && status < 500 && status !== 429) throw new StagingError('RUCIO_FORBIDDEN', { reason });
  throw unreachable(reason, undefined, status >= 500 || status === 429 ? undefined : 0);
}

/** With the proxy certificate, which is renewed externally: it is read at each login. */
async function getWithCertificate(
  url: string,
  headers: Record<string, string>,
  { file }: Own<'x509_proxy'>,
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>> }> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StagingError('RUCIO_FORBIDDEN', { reason: 'RUCIO_X509_PROXY cannot be read' }, { cause });
  });
  // Loaded on demand: fetch does not support client certificates.
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const asked = request(url, { headers, cert: pem, key: pem, signal }, (answer) => {
      answer.resume();
      const texts = Object.entries(answer.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      );
      resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(texts) });
    });
    asked.on('error', reject);
    asked.end();
  });
}

const issuerSchema = z.object({ token_endpoint: z.url({ protocol: /^https?$/ }) });
const clientTokenSchema = z.object({
  access_token: tokenSchema,
  expires_in: z.number().positive().optional(),
});

/** By the client credentials of the service (RFC 6749 §4.4), at the endpoint that the issuer names (OpenID Connect Discovery 1.0). */
async function clientToken(credentials: Own<'oidc'>): Promise<TimedToken> {
  const { issuer, clientId, clientSecret, scope, audience } = credentials;
  const known = await answered(() => get(`${issuer}/.well-known/openid-configuration`, {}));
  checkStatus(known.status, 'the issuer');
  const { token_endpoint: endpoint } = await parsed(known, issuerSchema);
  const basic = [clientId, clientSecret.reveal()].map(encodeURIComponent).join(':');
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  });
  const answer = await answered(() =>
    fetch(endpoint, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
      body: form,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }),
  );
  checkStatus(answer.status, 'the issuer');
  const { access_token, expires_in } = await parsed(answer, clientTokenSchema);
  const lifeMs = expires_in === undefined ? unknownLifeMs : expires_in * 1000;
  return { token: new Secret(access_token), expiresAtMs: Date.now() + lifeMs };
}

async function parsed<Schema extends z.ZodType>(answer: Response, schema: Schema): Promise<z.output<Schema>> {
  const value = schema.safeParse(await answered(() => answer.json()).catch(() => undefined));
  if (value.success) return value.data;
  throw unreachable('the answer of the issuer is not what OpenID Connect says', undefined, 0);
}
