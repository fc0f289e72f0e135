import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../services/freePort.ts';

/** The built service, running as a process of its own in a fresh data directory. */
export interface StagingService {
  readonly url: string;
  readonly sourceStorage: string;
  readonly userAreas: string;
  /** Ends the process as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
  /** Ends the process and removes the data. */
  remove(): Promise<void>;
}

/** Starts `dist/server.js`, which `npm run build` makes. Nothing answers where it looks for JupyterHub. */
export async function startStagingService(): Promise<StagingService> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'staging-e2e-'));
  let running = await startProcess(dataDirectory, '0');
  const { url } = running;
  const kill = () => endProcess(running.child, 'SIGKILL');
  return {
    url,
    sourceStorage: join(dataDirectory, 'source_storage'),
    userAreas: join(dataDirectory, 'user_areas'),
    kill,
    async start() {
      running = await startProcess(dataDirectory, new URL(url).port);
    },
    async remove() {
      await endProcess(running.child, 'SIGTERM');
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function startProcess(
  dataDirectory: string,
  port: string,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/server.js'], {
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: port,
      DATA_DIR: dataDirectory,
      JUPYTERHUB_URL: `http://127.0.0.1:${await freePort()}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  for await (const line of createInterface(child.stdout)) {
    const [, url] = /^Listening on (http:\/\/\S+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    // Nobody reads on, and a full pipe would hold the service up.
    child.stdout.resume();
    child.once('exit', (code) => {
      if (code) process.stderr.write(`The service ended by itself with code ${code}:\n${errors}\n`);
    });
    return { child, url };
  }
  throw new Error(`The service did not start: ${errors}`);
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
