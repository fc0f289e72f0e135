import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { lintDockerfile } from '../../services/deploymentChecks.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import {
  makeDataDirectory,
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/staging/stagingService.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

describeWith('deployment-checks', 'Dockerfiles', (checks) => {
  test.each(['Dockerfile', 'deploy/compose/jupyterhub.Dockerfile'])('%s has no findings', async (file) => {
    expect(await lintDockerfile(checks, join(root, file))).toBe('');
  });
});

describe('the image', () => {
  test('is built on pinned releases', () => {
    const argument = (name: string) => new RegExp(`^ARG ${name}=(.*)$`, 'm').exec(dockerfile)?.[1] ?? '';
    const stages = [...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, name]) => name);
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)]
      .map(([, base = '']) => base.replace(/\$\{(\w+)\}/, (_, name: string) => argument(name)))
      .filter((base) => !stages.includes(base));
    expect(bases.length).toBeGreaterThan(0);
    for (const base of bases) expect(base).toMatch(/:\d+\.\d+\.\d+/);
  });

  test('starts the service as npm start does, and is labelled with its version', () => {
    const [command = '[]'] = [...dockerfile.matchAll(/^CMD (.*)$/gm)].map(([, text]) => text).slice(-1);
    expect(JSON.parse(command).join(' ')).toBe(manifest.scripts.start);
    const versions = [...dockerfile.matchAll(/^ARG VERSION=(.*)$/gm)].map(([, version]) => version);
    expect(new Set(versions)).toEqual(new Set([manifest.version]));
  });

  test('runs as a numeric user that is neither root nor that of notebooks', () => {
    const [user = ''] = [...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, text]) => text).slice(-1);
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(user).not.toMatch(/^1000:/);
  });
});

describe('the contents of the image are enough to stage, for an unprivileged user who cannot write to the program', () => {
  let program: string;
  let directory: string;

  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? '10001:10001' : `${process.getuid?.()}:${process.getgid?.()}`;
  const withoutRights = [
    '--reuid=10001',
    '--regid=10001',
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
  ];

  beforeAll(async () => {
    program = await mkdtemp(join(tmpdir(), 'staging-image-'));
    await chmod(program, 0o755);
    // The image's files of the project, and the packages selected by the script that the image uses.
    for (const name of ['package.json', 'prisma', 'dist']) {
      await cp(join(root, name), join(program, name), { recursive: true });
    }
    const script = join(root, 'deploy/image/production-modules.sh');
    await run('sh', [script, join(program, 'node_modules')], { cwd: root });
    directory = await makeDataDirectory();
    await run('chown', ['-R', owner, directory]);
  }, 120_000);
  afterAll(async () => {
    await rm(program, { recursive: true, force: true });
    await removeDataDirectory(directory);
  });

  const start = (environment: NodeJS.ProcessEnv) =>
    startStagingService(directory, environment, {
      directory: program,
      startedBy: isRoot ? ['setpriv', ...withoutRights] : [],
    });

  async function expectToStage(service: StagingService, name: string): Promise<void> {
    const client = clientOf(service.url);
    const source = join(service.sourceStorage, name);
    await mkdir(source);
    await writeFile(join(source, 'data'), name);
    const { operation } = (await client.stage('local_copy', name, name)).staged();
    expect(operation).toMatchObject({ phase: 'COMPLETED', outcome: 'staged' });
    const copy = join(service.userAreas, 'alice', name, 'data');
    expect(await readFile(copy, 'utf8')).toBe(name);
    expect((await stat(copy)).uid).toBe(Number(owner.split(':')[0]));
    expect((await client.get('/')).text).toContain('<script');
    expect((await client.get('/docs/assets/swagger-ui-bundle.js')).status).toBe(200);
  }

  test('with SQLite', async () => {
    const service = await start({});
    await expectToStage(service, 'on-sqlite');
    expect(await service.stop()).toBe(0);
  });

  describeWith('mariadb', 'with MariaDB', (mariadb) => {
    test('too', async () => {
      const service = await start({ DATABASE_URL: await createDatabase(mariadb) });
      await expectToStage(service, 'on-mariadb');
      expect(await service.stop()).toBe(0);
    });
  });

  test.each([
    ['with a warning where user areas belong to that user', ['alice'], true],
    ['without one where there is none that does', [], false],
  ])('%s', async (_title, owned, isWarned) => {
    const areas = join(directory, `areas-${owned.length}`);
    for (const path of [areas, ...owned.map((name) => join(areas, name))]) await mkdir(path);
    await run('chown', ['-R', owner, areas]);
    if (isRoot) await mkdir(join(areas, 'bob'));
    const service = await start({ TARGET_STORAGE_PATH: areas });
    const warnings = service.output().match(/"areas":\[.*?\]/g) ?? [];
    expect(warnings).toEqual(isWarned ? ['"areas":["alice"]'] : []);
    expect(await service.stop()).toBe(0);
  });

  test('without packages that are in the bundles or only the build needs', async () => {
    const packages = await readdir(join(program, 'node_modules'));
    expect(packages.toSorted()).toEqual(['@libsql', 'piscina', 'swagger-ui-dist']);
  });
});
