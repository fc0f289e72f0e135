import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { bundleProgram } from '../../services/install/bundledProgram.ts';
import { startOpenIdProvider } from '../../services/openId/openIdProvider.ts';
import { refuseTokensIn } from '../../services/staging/leakedTokens.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const run = promisify(execFile);

/** The audience of tokens. */
export const audience = 'https://staging.example.org';

/** The address whose headers the service trusts. */
export const proxyAddress = '127.0.0.9';

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The local address of its connection. */
  readonly from?: string;
}

/** An answer, with the code of the problem if it is one. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly challenges: string;
  readonly code: string;
  json(): unknown;
}

/** Starts a service with every authentication mode, its OpenID provider, and the credentials that tests send. */
export async function startIdentified(environment: NodeJS.ProcessEnv = {}) {
  const provider = await startOpenIdProvider({
    audience,
    clients: [
      {
        client_id: 'gateway',
        client_secret: 'gateway secret',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      },
    ],
  });
  const directory = await makeDataDirectory();
  const tokensFile = join(directory, 'tokens');
  const tokenProgram = bundleProgram('scripts/token.ts');
  /** One of the service's own tokens, made as an administrator makes it. */
  const makeToken = async (...given: string[]) => {
    const { stdout } = await run(process.execPath, [tokenProgram, ...given], {
      env: { ...process.env, AUTH_TOKENS_FILE: tokensFile },
    });
    return stdout.trim();
  };
  const tokens = {
    alice: await makeToken('--user', 'alice', '--expires', '30d'),
    bob: await makeToken('--user', 'bob'),
    operator: await makeToken('--user', 'olga', '--role', 'user', '--role', 'operator'),
    portal: await makeToken('--name', 'a portal', '--role', 'portal'),
    monitoring: await makeToken('--name', 'prometheus', '--role', 'monitoring'),
  };
  const settings = {
    AUTH_MODE: 'oidc,tokens,header',
    AUTH_TOKENS_FILE: tokensFile,
    OIDC_ISSUERS: provider.issuer,
    OIDC_AUDIENCE: audience,
    TRUSTED_PROXIES: proxyAddress,
    OPERATOR_GROUPS: 'staging-operators',
    PORTAL_CLIENTS: 'gateway',
    PROJECTS: JSON.stringify({ survey: { area: 'survey-team', sources: ['closed'] } }),
    ...environment,
  };
  const service = await startStagingService(directory, settings);
  let answers = '';
  const send = (path: string, { method = 'GET', headers = {}, body, from = '127.0.0.1' }: Sent = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const sent = body === undefined ? undefined : JSON.stringify(body);
      const { hostname, port } = new URL(service.url);
      const type = sent === undefined ? {} : { 'content-type': 'application/json' };
      const options = { hostname, port, path, method, localAddress: from, headers: { ...type, ...headers } };
      const request = httpRequest(options, (response) => {
        textOf(response).then((text) => {
          refuseTokensIn(`${JSON.stringify(response.headers)}\n${text}`, `an answer of ${path}`);
          answers += `${JSON.stringify(response.headers)}\n${text}\n`;
          const json = (): unknown => JSON.parse(text);
          const isProblem = response.headers['content-type']?.startsWith('application/problem+json');
          const code = isProblem ? String(Object(json())['code']) : '';
          const challenges = response.headers['www-authenticate'] ?? '';
          resolve({ status: response.statusCode ?? 0, text, challenges, code, json });
        }, reject);
      });
      request.on('error', reject).end(sent);
    });
  const as = (token: string, path: string, sent: Sent = {}) =>
    send(path, { ...sent, headers: { authorization: `Bearer ${token}`, ...sent.headers } });
  /** Stages a file of the source storage, for a user or for the caller. */
  const stage = (token: string, source: string, username?: string) =>
    as(token, `/stage_data?method=local_copy${username === undefined ? '' : `&username=${username}`}`, {
      method: 'POST',
      body: { local_path_on_storage: source, relative_path: `copies/${source}`.replace(/\/\.$/, '') },
    });
  return {
    ...service,
    directory,
    provider,
    tokensFile,
    tokens,
    makeToken,
    send,
    as,
    stage,
    /** Everything that the service has written: its log, its record and its answers. */
    async everythingWritten() {
      const files = await readdir(directory);
      const texts = files.filter((name) => /\.(?:log|db|db-wal)$/.test(name));
      const written = await Promise.all(texts.map((name) => readFile(join(directory, name), 'latin1')));
      return [...written, answers, service.output()].join('\n');
    },
    async end() {
      await service.stop();
      await provider.stop();
      await removeDataDirectory(directory);
    },
  };
}

export type IdentifiedService = Awaited<ReturnType<typeof startIdentified>>;
