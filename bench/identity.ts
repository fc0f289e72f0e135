import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startOpenIdProvider } from '../test/services/openId/openIdProvider.ts';
import { type Bench, benchmark, type Contender, sizeOf } from './harness/benchmark.ts';
import { sendLoad, stagingCall } from './harness/load.ts';
import { startOurs, writeSmallFiles } from './harness/programs.ts';

// Copies files of 1 KiB for callers who are identified by one of the service's own tokens, or by a token of an OpenID
// provider, compared with callers who are not identified.
const requests = sizeOf('REQUESTS', 800);
const atOnce = sizeOf('AT_ONCE', 16);
const audience = 'https://staging.example.org';

await benchmark('identity', async (bench) => {
  const [source = ''] = await writeSmallFiles(bench, 1);
  const contend = async (
    AUTH_MODE: string,
    environment: NodeJS.ProcessEnv,
    token?: string,
  ): Promise<Contender> => {
    const program = await startOurs(bench, AUTH_MODE, { AUTH_MODE, ...environment });
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return {
      name: AUTH_MODE,
      isPeer: token === undefined,
      turn: (round) =>
        sendLoad(program, {
          count: requests,
          atOnce,
          callOf: (index) => stagingCall(source, `${round}/${index}`, headers),
        }),
    };
  };
  const own = await makeOwnToken(join(bench.directory, 'own-tokens'));
  const provided = await makeProvidedToken(bench);
  await bench.compare({
    what: `files of 1 KiB copied for identified callers, ${atOnce} at a time`,
    contenders: [
      await contend('none', {}),
      await contend('tokens', { AUTH_TOKENS_FILE: own.file }, own.token),
      await contend('oidc', { OIDC_ISSUERS: provided.issuer, OIDC_AUDIENCE: audience }, provided.token),
    ],
  });
});

async function makeOwnToken(file: string) {
  const command = ['--import', 'tsx', 'scripts/token.ts', '--user', 'bench'];
  const env = { ...process.env, AUTH_TOKENS_FILE: file };
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  return { file, token: stdout.trim() };
}

async function makeProvidedToken(bench: Bench) {
  const provider = await startOpenIdProvider({ audience, clients: [] });
  bench.atEnd(() => provider.stop());
  const exp = Math.floor(Date.now() / 1000) + 7200;
  const token = await provider.sign({ sub: 'bench', preferred_username: 'bench', exp });
  return { issuer: provider.issuer, token };
}
