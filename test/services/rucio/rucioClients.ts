import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { Rucio } from './rucio.ts';

const run = promisify(execFile);

/** Downloads by Rucio's own client from PyPI: a data identifier, from one RSE, into a folder. */
export async function downloadByRucio(
  { url, account, username, password }: Rucio,
  {
    did,
    rse,
    folder,
    home,
  }: { readonly did: string; readonly rse: string; readonly folder: string; readonly home: string },
): Promise<void> {
  const python = await pythonEnvironment("Rucio's client", 'rucio-clients.txt');
  await mkdir(join(home, 'etc'), { recursive: true });
  const lines = [`rucio_host = ${url}`, `auth_host = ${url}`, `account = ${account}`, 'auth_type = userpass'];
  const credentials = [`username = ${username}`, `password = ${password}`];
  await writeFile(join(home, 'etc', 'rucio.cfg'), ['[client]', ...lines, ...credentials, ''].join('\n'));
  const program = join(python, '..', 'rucio');
  await run(python, [program, 'download', '--rses', rse, '--dir', folder, did], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: home, RUCIO_HOME: home },
  });
}
