import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureDebianPackages } from './debianPackages.ts';

const run = promisify(execFile);

// Services start at the same time, and several may want one environment: it is made once.
const environments = new Map<string, Promise<string>>();

/**
 * The Python interpreter of a virtual environment that holds what a file in `requirements/` lists. It is made once and
 * then kept in the user's cache under a name that changes with the file. Use its programs as `python -m name`.
 */
export function pythonEnvironment(purpose: string, requirementsFile: string): Promise<string> {
  const environment = environments.get(requirementsFile) ?? findOrMakeEnvironment(purpose, requirementsFile);
  environments.set(requirementsFile, environment);
  return environment;
}

async function findOrMakeEnvironment(purpose: string, requirementsFile: string): Promise<string> {
  const requirements = fileURLToPath(new URL(`requirements/${requirementsFile}`, import.meta.url));
  const hash = createHash('sha256').update(await readFile(requirements));
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ska-staging-service');
  const environment = join(cache, `python-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(environment)) {
    await ensureDebianPackages(`${purpose} from PyPI`, 'python3-venv');
    await mkdir(cache, { recursive: true });
    process.stderr.write(`Installing ${purpose} from PyPI in ${environment}, once.\n`);
    await makeEnvironment(environment, requirements);
  }
  return join(environment, 'bin', 'python');
}

/** Built beside its final name and renamed when complete: an interrupted installation is never taken for a whole one. */
async function makeEnvironment(environment: string, requirements: string): Promise<void> {
  const unfinished = await mkdtemp(`${environment}-`);
  try {
    await run('/usr/bin/python3', ['-m', 'venv', unfinished]);
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '-r', requirements]);
    await rename(unfinished, environment);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
