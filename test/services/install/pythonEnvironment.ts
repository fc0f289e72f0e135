import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachedDirectory } from './cachedDirectory.ts';
import { ensureDebianPackages } from './debianPackages.ts';

const run = promisify(execFile);

// Services start concurrently, and several may need one environment: it is created once.
const environments = new Map<string, Promise<string>>();

/**
 * The Python interpreter of a virtual environment with the packages in a file in `requirements/`. It is created once
 * and then kept in the user's cache under a name that changes with the file. Run its programs as `python -m name`.
 */
export function pythonEnvironment(purpose: string, requirementsFile: string): Promise<string> {
  const environment = environments.get(requirementsFile) ?? findOrMakeEnvironment(purpose, requirementsFile);
  environments.set(requirementsFile, environment);
  return environment;
}

async function findOrMakeEnvironment(purpose: string, requirementsFile: string): Promise<string> {
  const requirements = fileURLToPath(new URL(`requirements/${requirementsFile}`, import.meta.url));
  const hash = createHash('sha256').update(await readFile(requirements));
  const name = `python-${hash.digest('hex').slice(0, 16)}`;
  const environment = await cachedDirectory(name, async (unfinished) => {
    await ensureDebianPackages(`${purpose} from PyPI`, 'python3-venv');
    process.stderr.write(`Installing ${purpose} from PyPI, once.\n`);
    await run('/usr/bin/python3', ['-m', 'venv', unfinished]);
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '-q', '-r', requirements]);
  });
  return join(environment, 'bin', 'python');
}
