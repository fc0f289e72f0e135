import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../daemon.ts';
import { freePort } from '../freePort.ts';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import { authorityFile, issueForServer, makeAuthority } from '../openId/certificates.ts';
import type { RunningService } from '../runningService.ts';
import type { ServicesDirectory } from '../servicesDirectory.ts';

/** The address of our own Rucio, and its administrator. */
export interface Rucio {
  readonly url: string;
  /** The same with TLS, for clients with a certificate of the authority. */
  readonly tlsUrl: string;
  /** The folder of that authority. */
  readonly authority: string;
  readonly account: string;
  readonly username: string;
  readonly password: string;
  /** Its SQLite database, for changes that would take too long through the API. */
  readonly databaseFile: string;
}

/** Starts Rucio's server on an empty catalogue. No daemon of Rucio runs, so rules stay as the tests create them. */
export async function startRucio(directory: ServicesDirectory, name: string): Promise<RunningService<Rucio>> {
  const python = await pythonEnvironment('Rucio', 'rucio.txt');
  const home = join(directory.path, name);
  await mkdir(home);
  const port = await freePort();
  await makeAuthority(home);
  const tls = {
    port: await freePort(),
    certificate: await issueForServer(home),
    authority: authorityFile(home),
  };
  const credentials = { username: 'ddmlab', password: randomBytes(16).toString('hex') };
  const stop = await startDaemon({
    directory,
    command: [python, fileURLToPath(new URL('rucio_server.py', import.meta.url))],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: home,
      RUCIO_SETTINGS: JSON.stringify({ home, port, tls, ...credentials }),
    },
    logFile: join(home, 'rucio.log'),
    readyLine: 'Rucio answers.',
    stopSignal: 'SIGKILL',
  });
  const address = {
    url: `http://127.0.0.1:${port}`,
    tlsUrl: `https://localhost:${tls.port}`,
    authority: home,
    account: 'root',
    ...credentials,
    databaseFile: join(home, 'rucio.db'),
  };
  return { address, stop };
}
