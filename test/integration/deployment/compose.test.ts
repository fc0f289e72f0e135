import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseConfig } from '../../../shared/config/config.ts';
import { checkComposeFile } from '../../services/deploymentChecks.ts';
import { describeWith } from '../../services/describeWith.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const serviceSchema = z.object({
  image: z.string(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  read_only: z.boolean(),
  healthcheck: z.looseObject({}).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  stop_grace_period: z.string().optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema).and(z.object({ staging: serviceSchema })),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const text = await readFile(join(root, 'compose.yaml'), 'utf8');
// As compose takes it when no variable is set.
const plain = text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
const { services, secrets } = composeSchema.parse(parse(plain, { merge: true }));
const { staging, ...others } = services;

describeWith('deployment-checks', 'compose.yaml', (checks) => {
  test('is what the Compose Specification allows', async () => {
    expect(await checkComposeFile(checks, join(root, 'compose.yaml'))).toBe('');
  });
});

describe('compose.yaml', () => {
  test('has the service wait until everything that it works with is healthy', () => {
    expect(Object.keys(others).sort()).toEqual(['jupyterhub', 'localstack', 'mysql', 'redis']);
    for (const [name, service] of Object.entries(others)) {
      expect([name, service.healthcheck]).toEqual([name, expect.anything()]);
      expect([name, staging.depends_on[name]]).toEqual([name, { condition: 'service_healthy' }]);
    }
  });

  test.each(Object.entries(services))('pins and locks down %s', (name, service) => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+$/);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect([name, service.read_only]).toEqual([name, name !== 'localstack']);
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('gives the service settings that it takes, and its secrets as files', () => {
    const settings = Object.entries(staging.environment).filter(([name]) => !name.endsWith('_FILE'));
    const config = parseConfig(Object.fromEntries(settings));
    expect(config.isInsecureAllowed).toBe(true);
    const files = Object.entries(staging.environment).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, file]) => basename(file)).sort()).toEqual([...staging.secrets].sort());
    expect(config.shutdownTimeoutMs).toBeLessThan(
      Number.parseInt(staging.stop_grace_period ?? '', 10) * 1000,
    );
  });

  test('finds all its secrets after make-secrets.sh, which keeps what is there and lets no other user in', async () => {
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
          .sort(),
      );
      for (const [, secret] of made) expect(secret).toMatch(/[0-9a-f]{48}/);
      expect((await stat(join(directory, 'secrets'))).mode & 0o777).toBe(0o700);
      const { mysql_password, database_url } = Object.fromEntries(made);
      expect(database_url).toBe(`mysql://staging:${mysql_password?.trim()}@mysql:3306/staging\n`);
      make();
      expect(await read()).toEqual(made);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
