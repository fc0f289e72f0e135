import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('uws_client.py', import.meta.url));

/** A Python with third-party clients for UWS: pyvo, and the models of vo-models. */
export interface Pyvo {
  readonly python: string;
}

/** Finds them or installs them. */
export async function findPyvo(): Promise<RunningService<Pyvo>> {
  const python = await pythonEnvironment('UWS clients', 'uws.txt');
  return { address: { python }, stop: async () => undefined };
}

/** The output of `uws_client.py` for a command. Rejects when a client fails. */
export async function askUwsClient({ python }: Pyvo, ...command: readonly string[]): Promise<unknown> {
  const { stdout } = await run(python, ['-W', 'error::Warning:pyvo', program, ...command]);
  return JSON.parse(stdout);
}
