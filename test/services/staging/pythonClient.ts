import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../../../clients/python', import.meta.url));

/** A Python with the packages that the tests of `clients/python` need. */
export interface PythonClient {
  readonly python: string;
}

/** Finds it or installs it. */
export async function findPythonClient(): Promise<RunningService<PythonClient>> {
  const python = await pythonEnvironment('the tools of the Python client', 'pythonClient.txt');
  return { address: { python }, stop: async () => undefined };
}

/** Installs the package and its dependencies into a folder, as `pip install ./clients/python` does. */
export async function installClient({ python }: PythonClient, folder: string): Promise<void> {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-warn-script-location'];
  await run(python, ['-m', 'pip', 'install', ...quiet, '--target', folder, packageFolder]);
}

/** Runs a tool in the package's folder; rejects with its output when it fails. */
export async function runInPackage(
  { python }: PythonClient,
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const env = { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', ...environment };
  await run(python, ['-m', ...command], { cwd: packageFolder, env }).catch((error: unknown) => {
    const { stdout, stderr } = Object(error);
    throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  });
}
