import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startOpenIdProvider } from '../test/services/openIdProvider.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  startStagingService,
} from '../test/services/stagingService.ts';
import { cpuOf, median } from './measuring.ts';

// Stages files of 1 KiB by local_copy with callers who are identified by nothing, by a token of the service's own, and
// by a token of an OpenID provider, in turn. Prints what each costs, compared with nothing.
const requests = Number(process.env['REQUESTS'] ?? 800);
const atOnce = Number(process.env['AT_ONCE'] ?? 16);
const rounds = Number(process.env['ROUNDS'] ?? 5);
const audience = 'https://staging.example.org';

/** A service, and how its caller is known. */
interface Way {
  readonly name: string;
  readonly url: string;
  readonly pid: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly stop: () => Promise<unknown>;
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
const provider = await startOpenIdProvider({ audience, clients: [] });
const directory = await makeDataDirectory();
await writeFile(join(directory, 'source_storage', 'a.fits'), Buffer.alloc(1024, 'a'));
const tokensFile = join(directory, 'own-tokens');
const ownToken = await promisify(execFile)(
  process.execPath,
  ['--import', 'tsx', 'scripts/token.ts', '--user', 'bench'],
  { env: { ...process.env, AUTH_TOKENS_FILE: tokensFile } },
);
const ways: Way[] = [];
try {
  ways.push(
    await start('none', {}, undefined),
    await start('tokens', { AUTH_MODE: 'tokens', AUTH_TOKENS_FILE: tokensFile }, ownToken.stdout.trim()),
    await start(
      'oidc',
      { AUTH_MODE: 'oidc', OIDC_ISSUERS: provider.issuer, OIDC_AUDIENCE: audience },
      await provider.sign({
        sub: 'bench',
        preferred_username: 'bench',
        exp: Math.floor(Date.now() / 1000) + 7200,
      }),
    ),
  );
  const turns = new Map(ways.map((way) => [way, [] as { perSecond: number; cpuMs: number }[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [way, done] of turns) {
      const turn = await takeTurn(way, round);
      // The first warms up.
      if (round > 0) done.push(turn);
    }
  }
  const [none] = turns.values();
  for (const [{ name }, done] of turns) {
    const slower = median(
      done.map(({ perSecond }, round) => (none?.[round]?.perSecond ?? Number.NaN) / perSecond),
    );
    const cpu = median(done.map(({ cpuMs }, round) => cpuMs / (none?.[round]?.cpuMs ?? Number.NaN)));
    const each = done.map(({ perSecond, cpuMs }) => `${perSecond.toFixed(0)}/${cpuMs.toFixed(2)}`).join(', ');
    process.stdout.write(
      `${name}: ${slower.toFixed(3)} × the time of none, ${cpu.toFixed(3)} × its CPU time (a second/CPU ms: ${each})\n`,
    );
  }
} finally {
  for (const { stop } of ways) await stop();
  agent.destroy();
  await provider.stop();
  await removeDataDirectory(directory);
}

async function start(name: string, environment: NodeJS.ProcessEnv, token: string | undefined): Promise<Way> {
  const own = join(directory, name);
  await mkdir(join(own, 'user_areas'), { recursive: true });
  const service = await startStagingService(own, {
    SOURCE_STORAGE_PATH: join(directory, 'source_storage'),
    ...environment,
  });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { name, url: service.url, pid: service.process.pid, headers, stop: service.stop };
}

async function takeTurn(way: Way, round: number): Promise<{ perSecond: number; cpuMs: number }> {
  const cpuBefore = await cpuOf(way.pid);
  const begin = performance.now();
  let next = 0;
  const stageSome = async () => {
    while (next < requests) await stage(way, `round-${round}/${next++}`);
  };
  await Promise.all(Array.from({ length: atOnce }, stageSome));
  const seconds = (performance.now() - begin) / 1000;
  return { perSecond: requests / seconds, cpuMs: (((await cpuOf(way.pid)) - cpuBefore) * 1000) / requests };
}

async function stage({ url, headers }: Way, target: string): Promise<void> {
  const call = request(`${url}/stage/local?username=bench`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', ...headers },
  });
  call.end(JSON.stringify({ local_path_on_storage: 'a.fits', relative_path: target }));
  const [answer] = await once(call, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  if (answer.statusCode !== 200) throw new Error(Buffer.concat(chunks).toString());
}
