import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('fits_previews.py', import.meta.url));

/** The Python with which astronomers read FITS files and draw them: astropy and matplotlib. */
export interface Astropy {
  readonly python: string;
}

/** Finds them or installs them. */
export async function findAstropy(): Promise<RunningService<Astropy>> {
  const python = await pythonEnvironment('astropy and matplotlib', 'fits.txt');
  return { address: { python }, stop: async () => undefined };
}

/** The output of `fits_previews.py` for a command. */
export async function askAstropy({ python }: Astropy, ...command: readonly string[]): Promise<unknown> {
  const { stdout } = await run(python, [program, ...command], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}
