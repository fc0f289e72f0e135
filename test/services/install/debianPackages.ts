import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Each package that a service may need, and a file that shows that it is installed, from any source. */
const PROOF = {
  'mariadb-server-core': '/usr/sbin/mariadbd',
  'mariadb-client-core': '/usr/bin/mariadb',
  jupyterhub: '/usr/bin/jupyterhub',
  'python3-jupyter-server': '/usr/lib/python3/dist-packages/jupyter_server',
  'python3-ipykernel': '/usr/lib/python3/dist-packages/ipykernel',
  'python3-venv': '/usr/share/doc/python3-venv',
  'chromium-headless-shell': '/usr/lib/chromium/chromium-headless-shell',
  'python3-casacore': '/usr/lib/python3/dist-packages/casacore',
  'btrfs-progs': '/usr/sbin/mkfs.btrfs',
  e2fsprogs: '/usr/sbin/mkfs.ext4',
  nginx: '/usr/sbin/nginx',
  gcc: '/usr/bin/gcc',
  'libc6-dev': '/usr/include/stdio.h',
  'redis-tools': '/usr/bin/redis-check-rdb',
  rclone: '/usr/bin/rclone',
  openssl: '/usr/bin/openssl',
} as const;

/** The name of a Debian package that `ensureDebianPackages` knows. */
export type DebianPackage = keyof typeof PROOF;

// Services start concurrently, but only one apt-get may run at a time.
let previousInstall: Promise<void> = Promise.resolve();

/** Installs missing packages. Rejects with instructions if that is not permitted. */
export async function ensureDebianPackages(purpose: string, ...packages: DebianPackage[]): Promise<void> {
  const isMissing = (name: DebianPackage) => !existsSync(PROOF[name]);
  if (!packages.some(isMissing)) return;
  const install = previousInstall.then(() => installPackages(purpose, packages.filter(isMissing)));
  previousInstall = install.catch(() => undefined);
  await install;
}

async function installPackages(purpose: string, packages: DebianPackage[]): Promise<void> {
  const names = packages.join(' ');
  const asRoot = await rootCommand();
  if (!asRoot || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`${purpose} needs the Debian packages ${names} (apt-get install ${names}, as root)`);
  }
  process.stderr.write(`Installing the Debian packages ${names}, which ${purpose} needs.\n`);
  const aptGet = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-qq',
    '-o',
    'DPkg::Lock::Timeout=300',
  ];
  await runCommand([...aptGet, 'update']);
  await runCommand([...aptGet, 'install', '-y', '--no-install-recommends', ...packages]);
}

/** The prefix for a command to run it as root; null if that is not possible. */
async function rootCommand(): Promise<string[] | null> {
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '-n'];
  return runCommand([...sudo, 'true']).then(
    () => sudo,
    () => null,
  );
}

async function runCommand([program = '', ...args]: string[]): Promise<void> {
  await run(program, args, { maxBuffer: 64 * 1024 * 1024 });
}
