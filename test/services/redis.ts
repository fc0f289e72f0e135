import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../contracts/waitFor.ts';
import { startDaemon } from './daemon.ts';
import { freePort } from './freePort.ts';
import { ensureDebianPackages } from './install/debianPackages.ts';
import type { RunningService } from './runningService.ts';
import type { ServicesDirectory } from './servicesDirectory.ts';

const run = promisify(execFile);

/** Our own Redis: a `redis://` URL with its password. */
export interface Redis {
  readonly url: string;
}

/** A Redis that can be killed and started again. */
export interface KillableRedis extends RunningService<Redis> {
  /** Kills it as a crash would, and starts it again; resolves when it takes connections. */
  killAndRestart(): Promise<void>;
}

/** Starts a Redis that writes every change to disk before it answers, so that a restart loses nothing. */
export async function startRedis(directory: ServicesDirectory): Promise<KillableRedis> {
  // This package contains the server, too, under another name. The package redis-server would start a system service.
  await ensureDebianPackages('Redis', 'redis-tools');
  const home = join(directory.path, 'redis');
  const program = join(home, 'redis-server');
  await mkdir(home);
  await symlink('/usr/bin/redis-check-rdb', program);
  const port = await freePort();
  const password = randomBytes(16).toString('hex');
  let starts = 0;
  const start = () =>
    startDaemon({
      directory,
      command: [
        program,
        `--port ${port}`,
        '--bind 127.0.0.1',
        `--requirepass ${password}`,
        `--dir ${home}`,
        '--appendonly yes',
        '--enable-debug-command local',
      ],
      logFile: join(home, `redis-${starts++}.log`),
      readyLine: 'Ready to accept connections',
      stopSignal: 'SIGKILL',
    });
  let stop = await start();
  return {
    address: { url: `redis://default:${password}@127.0.0.1:${port}` },
    stop: () => stop(),
    async killAndRestart() {
      await stop();
      stop = await start();
    },
  };
}

/** Redis' answer to one command, as text. Rejects when it cannot be reached or answers with an error. */
export async function commandRedis({ url }: Redis, ...command: string[]): Promise<string> {
  const { stdout } = await run('/usr/bin/redis-cli', ['-e', '--no-auth-warning', '-u', url, ...command]);
  return stdout.trimEnd();
}

/** Crashes and restarts Redis; resolves when it answers again. Its clients lose their connections. */
export async function crashRedis(redis: Redis): Promise<void> {
  // Its connection ends without an answer.
  await commandRedis(redis, 'DEBUG', 'CRASH-AND-RECOVER').catch(() => undefined);
  await waitFor(async () => (await commandRedis(redis, 'PING').catch(() => undefined)) === 'PONG');
}
