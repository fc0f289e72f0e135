import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/config.ts';
import { ownTokenSchema, tokenHash } from '../../../shared/identity/ownTokens.ts';
import { checkComposeFile } from '../../services/deploymentChecks.ts';
import { describeWith } from '../../services/describeWith.ts';
import { composeFile, plainSettings, readComposeFile } from './composeFile.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const { services, secrets } = await readComposeFile();
const { staging, worker, ...others } = services;
const programs = Object.entries({ staging, worker });

describeWith('deployment-checks', 'compose.yaml', (checks) => {
  test('conforms to the Compose Specification', async () => {
    expect(await checkComposeFile(checks, composeFile)).toBe('');
  });
});

describe('compose.yaml', () => {
  test.each(programs)('makes %s wait until its dependencies are healthy', (_name, program) => {
    expect(Object.keys(others).sort()).toEqual(['jupyterhub', 'localstack', 'mysql', 'redis']);
    for (const [name, service] of Object.entries(others)) {
      expect([name, service.healthcheck]).toEqual([name, expect.anything()]);
      expect([name, program.depends_on[name]]).toEqual([name, { condition: 'service_healthy' }]);
    }
  });

  test.each(Object.entries(services))('pins and locks down %s', (name, service) => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect([name, service.read_only]).toEqual([name, name !== 'localstack']);
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test.each(programs)('gives %s valid settings, and its secrets as files', (_name, program) => {
    const config = parseConfig(plainSettings(program));
    const files = Object.entries(program.environment).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, file]) => basename(file)).sort()).toEqual([...program.secrets].sort());
    const graceMs = Number.parseInt(program.stop_grace_period ?? '', 10) * 1000;
    expect(graceMs).toBeGreaterThan(config.shutdownTimeoutMs + 10_000);
  });

  test("passes the service's operations to workers with the same program, storages and settings", () => {
    const common = ({
      AUTH_MODE: _mode,
      AUTH_TOKENS_FILE: _tokens,
      WORKER_PORT: _port,
      ...settings
    }: NodeJS.ProcessEnv) => settings;
    expect(common(worker.environment)).toEqual(common(staging.environment));
    expect(parseConfig(plainSettings(staging))).toMatchObject({
      executor: 'bullmq',
      isInsecureAllowed: false,
      identity: { modes: ['tokens'] },
      publicUrls: [new URL('http://127.0.0.1:8000'), new URL('http://localhost:8000')],
    });
    const storages = staging.volumes.filter((volume) => volume.includes(':/storage/'));
    expect([worker.image, worker.user, worker.volumes]).toEqual([staging.image, staging.user, storages]);
    expect(worker.command?.join(' ')).toBe(manifest.scripts.worker);
  });

  test('runs notebooks as another user than the service', () => {
    expect(staging.user).toBe('10001:10001');
    expect(others['jupyterhub']?.user).toBe('1000:1000');
  });

  test('allows any number of workers', () => {
    expect([worker.ports, worker.container_name]).toEqual([[], undefined]);
  });

  test('finds all its secrets after make-secrets.sh, which keeps existing ones and gives no other user access', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'make-secrets-'));
    try {
      await cp(join(root, 'deploy/compose/make-secrets.sh'), join(directory, 'make-secrets.sh'));
      const make = () => execFileSync('sh', ['make-secrets.sh'], { cwd: directory });
      const read = async () => {
        const names = (await readdir(join(directory, 'secrets'))).sort();
        return Promise.all(
          names.map(async (name) => [name, await readFile(join(directory, 'secrets', name), 'utf8')]),
        );
      };
      make();
      const made = await read();
      expect(made.map(([name]) => name)).toEqual(
        Object.values(secrets)
          .map(({ file }) => basename(file))
          .concat('operator_token')
          .sort(),
      );
      for (const [, secret] of made) expect(secret).toMatch(/[0-9a-f]{48}/);
      expect((await stat(join(directory, 'secrets'))).mode & 0o777).toBe(0o700);
      const { mysql_password, database_url, tokens, operator_token } = Object.fromEntries(made);
      const operator = ownTokenSchema.parse(JSON.parse(tokens ?? ''));
      expect(operator).toMatchObject({
        roles: ['user', 'operator'],
        sha256: tokenHash(operator_token?.trim() ?? ''),
      });
      expect(database_url).toBe(`mysql://staging:${mysql_password?.trim()}@mysql:3306/staging\n`);
      make();
      expect(await read()).toEqual(made);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
