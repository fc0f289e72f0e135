import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../daemon.ts';
import { freePort } from '../freePort.ts';
import { ensureDebianPackages } from '../install/debianPackages.ts';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';
import type { ServicesDirectory } from '../servicesDirectory.ts';

/** `debian`: JupyterHub 3 with jupyter_server 1, as Debian ships them. `pypi`: the releases in requirements/jupyterhub.txt. */
export type JupyterHubFlavour = 'debian' | 'pypi';

/** The address of our own JupyterHub, and its credentials. */
export interface JupyterHub {
  readonly url: string;
  /** The token of the staging service: scopes tokens, read:users, servers. */
  readonly apiToken: string;
  /** A token for tests that prepare something: with every scope. */
  readonly adminToken: string;
  /** Contains the hub's log (jupyterhub.log) and users' homes. */
  readonly home: string;
}

/** Starts a JupyterHub whose users' servers are processes of this machine. Every user name is accepted. */
export async function startJupyterHub(
  directory: ServicesDirectory,
  flavour: JupyterHubFlavour,
): Promise<RunningService<JupyterHub>> {
  const python = await pythonWithJupyterHub(flavour);
  const home = join(directory.path, `jupyterhub-${flavour}`);
  await mkdir(home);
  const [port, hubPort, proxyApiPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const [apiToken, adminToken, proxyToken] = [newToken(), newToken(), newToken()];
  const settings = {
    ...{ home, port, hubPort, proxyApiPort, apiToken, adminToken, proxyToken },
    proxyCommand: proxyCommand(),
    startTimeoutSeconds: 60,
    // 10 is the hub's own default; 0 is what Zero to JupyterHub on Kubernetes sets.
    slowSpawnTimeoutSeconds: flavour === 'debian' ? 10 : 0,
  };
  const stop = await startDaemon({
    directory,
    command: [
      python,
      '-m',
      'jupyterhub',
      '--config',
      fileURLToPath(new URL('jupyterhub_config.py', import.meta.url)),
    ],
    // Prevents the use of other Python or Jupyter configurations on this machine.
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: home,
      HUB_SETTINGS: JSON.stringify(settings),
    },
    logFile: join(home, 'jupyterhub.log'),
    readyLine: 'JupyterHub is now running',
    stopSignal: 'SIGTERM',
  });
  return { address: { url: `http://127.0.0.1:${port}`, apiToken, adminToken, home }, stop };
}

/** The root directory of the contents API of a user's server. It exists once the server was started. */
export function notebookDirectory(hub: JupyterHub, username: string): string {
  return join(hub.home, 'users', username, 'notebooks');
}

async function pythonWithJupyterHub(flavour: JupyterHubFlavour): Promise<string> {
  if (flavour === 'pypi') return pythonEnvironment('JupyterHub', 'jupyterhub.txt');
  await ensureDebianPackages('JupyterHub', 'jupyterhub', 'python3-jupyter-server', 'python3-ipykernel');
  return '/usr/bin/python3';
}

/** Debian's proxy does not find its modules with a newer Node than Debian's. */
function proxyCommand(): string[] {
  const manifest = createRequire(import.meta.url).resolve('configurable-http-proxy/package.json');
  const program = join(dirname(manifest), 'bin', 'configurable-http-proxy');
  return ['setpriv', '--pdeathsig', 'TERM', process.execPath, program];
}

function newToken(): string {
  return randomBytes(32).toString('hex');
}
