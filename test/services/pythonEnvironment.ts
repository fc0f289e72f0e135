import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureDebianPackages } from './debianPackages.ts';

const run = promisify(execFile);

/**
 * The Python interpreter of a virtual environment that holds the given requirements. It is made once and then kept in
 * the user's cache under a name that changes with the requirements. Use its programs as `python -m name`.
 */
export async function pythonEnvironment(requirements: URL): Promise<string> {
  const hash = createHash('sha256').update(await readFile(requirements));
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ska-staging-service');
  const environment = join(cache, `python-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(environment)) {
    await ensureDebianPackages('JupyterHub from PyPI', 'python3-venv');
    await mkdir(cache, { recursive: true });
    await makeEnvironment(environment, requirements);
  }
  return join(environment, 'bin', 'python');
}

/** Built beside its final name and renamed when complete: an interrupted installation is never taken for a whole one. */
async function makeEnvironment(environment: string, requirements: URL): Promise<void> {
  const unfinished = await mkdtemp(`${environment}-`);
  process.stderr.write(`Installing JupyterHub from PyPI in ${environment}, once.\n`);
  try {
    await run('/usr/bin/python3', ['-m', 'venv', unfinished]);
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '-r', requirements.pathname]);
    await rename(unfinished, environment);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
