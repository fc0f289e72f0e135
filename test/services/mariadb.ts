import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDaemon } from './daemon.ts';
import { freePort } from './freePort.ts';
import { ensureDebianPackages } from './install/debianPackages.ts';
import type { RunningService } from './runningService.ts';
import type { ServicesDirectory } from './servicesDirectory.ts';

const run = promisify(execFile);

/** The address of our own MariaDB, and its administrator's account. */
export interface MariaDb {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'root';
  readonly password: string;
}

/** A MariaDB that can be killed and started again. */
export interface KillableMariaDb extends RunningService<MariaDb> {
  /** Kills it like a crash, and restarts it; resolves when it accepts connections. */
  killAndRestart(): Promise<void>;
}

/**
 * Starts a MariaDB with its own data directory, socket and port; one of the system is not touched. Committed data
 * survives a kill only if requested (`isDurable`).
 */
export async function startMariaDb(
  directory: ServicesDirectory,
  { isDurable = false } = {},
): Promise<KillableMariaDb> {
  await ensureDebianPackages('MariaDB', 'mariadb-server-core', 'mariadb-client-core');
  const home = join(directory.path, 'mariadb');
  const dataDirectory = join(home, 'data');
  const initFile = join(home, 'accounts.sql');
  const password = randomBytes(16).toString('hex');
  const port = await freePort();
  await mkdir(home);
  await writeFile(
    initFile,
    `CREATE OR REPLACE USER root@127.0.0.1 IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO root@127.0.0.1 WITH GRANT OPTION;\n`,
  );
  // Without --user it refuses to run as root; other users can only name themselves.
  const common = ['--no-defaults', `--user=${userInfo().username}`, `--datadir=${dataDirectory}`];
  await run('/usr/bin/mariadb-install-db', [
    ...common,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
  let starts = 0;
  const start = () =>
    startDaemon({
      directory,
      command: [
        '/usr/sbin/mariadbd',
        ...common,
        `--socket=${join(home, 'socket')}`,
        `--pid-file=${join(home, 'pid')}`,
        `--init-file=${initFile}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        '--skip-name-resolve',
        '--character-set-server=utf8mb4',
        // Small and fast: the data is temporary. With 2, it survives the process, though not the machine.
        '--innodb-buffer-pool-size=32M',
        `--innodb-flush-log-at-trx-commit=${isDurable ? 2 : 0}`,
        '--skip-log-bin',
      ],
      logFile: join(home, `mariadb-${starts++}.log`),
      readyLine: 'ready for connections',
      stopSignal: 'SIGKILL',
    });
  let stop = await start();
  return {
    address: { host: '127.0.0.1', port, user: 'root', password },
    stop: () => stop(),
    async killAndRestart() {
      await stop();
      stop = await start();
    },
  };
}

/** Creates an empty utf8mb4 database, under a new name unless one is given, and returns its URL. */
export async function createDatabase(
  { host, port, user, password }: MariaDb,
  name = `staging_${randomBytes(6).toString('hex')}`,
): Promise<string> {
  await run(
    '/usr/bin/mariadb',
    [
      '--no-defaults',
      '--protocol=tcp',
      `--host=${host}`,
      `--port=${port}`,
      `--user=${user}`,
      `--execute=CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`,
    ],
    { env: { ...process.env, MYSQL_PWD: password } },
  );
  return `mysql://${user}:${password}@${host}:${port}/${name}`;
}
