import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/services/freePort.ts';
import { pythonEnvironment } from '../../test/services/install/pythonEnvironment.ts';
import { createDatabase } from '../../test/services/mariadb.ts';
import { authenticatingProxy } from '../../test/services/nginx.ts';
import { type StagingService, startStagingService } from '../../test/services/staging/stagingService.ts';
import { tied } from '../../test/services/tiedProcess.ts';
import type { Bench } from './benchmark.ts';

/** A program that receives requests. */
export interface Program {
  readonly name: string;
  readonly isPeer: boolean;
  readonly origin: string;
  /** The prefix of a file's name in the path of its download. */
  readonly downloads: string;
  readonly pid: number | undefined;
}

/** This service, as one of the programs. */
export interface OwnProgram extends Program {
  readonly service: StagingService;
}

/** Starts this service with the sources of a benchmark, and its own user areas and database. */
export async function startOurs(
  bench: Bench,
  name: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<OwnProgram> {
  const own = join(bench.directory, name);
  await mkdir(join(own, 'user_areas'), { recursive: true });
  const service = await startStagingService(own, {
    SOURCE_STORAGE_PATH: bench.sourceStorage,
    ...environment,
  });
  bench.atEnd(service.stop);
  const { pid } = service.process;
  return { name, isPeer: false, origin: service.url, downloads: '/download/', pid, service };
}

/** Starts this service with each available database. */
export async function startOnDatabases(bench: Bench): Promise<OwnProgram[]> {
  const onSqlite = await startOurs(bench, 'ours, SQLite');
  const mariadb = await bench.service('mariadb');
  if (!mariadb) return [onSqlite];
  await bench.addVersion('MariaDB', '/usr/sbin/mariadbd', '--version');
  return [onSqlite, await startOurs(bench, 'ours, MariaDB', { DATABASE_URL: await createDatabase(mariadb) })];
}

/** Starts a program of `peers/` by uvicorn, with the sources of a benchmark. */
export async function startFastApi(bench: Bench, name: string, module: string): Promise<Program> {
  const python = await pythonEnvironment('the peers of the benchmarks', 'bench.txt');
  for (const program of ['fastapi', 'uvicorn', 'sqlalchemy']) {
    await bench.addVersion(program, python, '-c', `import ${program}; print(${program}.__version__)`);
  }
  const port = `${await freePort()}`;
  const folder = fileURLToPath(new URL('../peers', import.meta.url));
  const options = ['--app-dir', folder, '--port', port, '--no-access-log'];
  const paths = {
    SOURCE: bench.sourceStorage,
    TARGET: join(bench.directory, module),
    DATABASE: join(bench.directory, `${module}.db`),
  };
  const child = spawn(...tied([python, '-m', 'uvicorn', ...options, `${module}:app`]), {
    env: { ...process.env, ...paths },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  bench.atEnd(() => {
    child.kill();
    return ended;
  });
  for await (const text of child.stderr) if (String(text).includes('Uvicorn running')) break;
  return { name, isPeer: true, origin: `http://127.0.0.1:${port}`, downloads: '/download/', pid: child.pid };
}

/** Starts nginx, which sends the files of the sources itself. */
export async function startNginx(bench: Bench): Promise<Program | undefined> {
  const nginx = await bench.service('nginx');
  if (!nginx) return undefined;
  await bench.addVersion('nginx', '/usr/sbin/nginx', '-v');
  const pid = Number(await readFile(join(nginx.folder, '..', 'pid'), 'utf8'));
  const origin = nginx.origin.replace('localhost', '127.0.0.1');
  return { name: 'nginx', isPeer: true, origin, downloads: `/files${bench.sourceStorage}/`, pid };
}

/** Starts this service behind an nginx that sends the files for it. */
export async function startBehind(bench: Bench, nginx: Program): Promise<Program> {
  const ours = await startOurs(bench, 'ours, sent by nginx (SENDFILE_HEADER)', {
    SENDFILE_HEADER: 'X-Accel-Redirect',
    SENDFILE_PREFIX: `/_storage${bench.sourceStorage}`,
    TRUSTED_PROXIES: authenticatingProxy,
    PUBLIC_URLS: nginx.origin,
  });
  const { port } = new URL(ours.origin);
  return { ...ours, origin: nginx.origin, downloads: `/sending/${port}/download/` };
}

/** Writes small files into the source storage, and returns their names. */
export async function writeSmallFiles(bench: Bench, count: number, sizeBytes = 1024): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `file-${index}`);
  for (const name of names) await writeFile(join(bench.sourceStorage, name), Buffer.alloc(sizeBytes, name));
  return names;
}
