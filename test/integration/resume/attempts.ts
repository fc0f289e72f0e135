import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseLog } from '../../../shared/storage/io/checkpointLog.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { bundleProgram } from '../../services/install/bundledProgram.ts';
import { inTheMaking } from '../../services/staging/workspaces.ts';
import { tied } from '../../services/tiedProcess.ts';

const endSchema = z.object({
  error: z.string().nullable(),
  writtenBytes: z.number(),
  outcome: z.string().optional(),
  digests: z.object({ sha256: z.string() }).optional(),
  bytesDone: z.number().optional(),
});

/** An attempt of an operation, in a separate process. */
export interface Attempt {
  readonly process: ChildProcess;
  /** Its result. */
  ended(): Promise<z.output<typeof endSchema>>;
  /** Kills the process, which leaves its partial data. */
  kill(): Promise<void>;
}

const operationId = '01a20a18-fadf-7357-b1ff-12091a8ad6c7';

let program: string | undefined;

/** Starts an attempt to copy a source into rosa's area. */
export function startAttempt(
  directory: string,
  attempt: number,
  source: string,
  environment: NodeJS.ProcessEnv = {},
): Attempt {
  program ??= bundleProgram('test/integration/resume/copyProgram.ts');
  const parameters = JSON.stringify({ operationId, attempt, source });
  const child = spawn(...tied([process.execPath, program, parameters]), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], DATA_DIR: directory, DIGESTS: 'sha256,md5', ...environment },
  });
  const exit = once(child, 'close');
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  return {
    process: child,
    async ended() {
      await exit;
      return endSchema.parse(JSON.parse(output));
    },
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Everything in rosa's area, including parts and logs. */
export async function listing(directory: string): Promise<string[]> {
  const userAreas = join(directory, 'user_areas');
  const published = await readdir(join(userAreas, 'rosa')).catch(() => []);
  return [...published, ...(await inTheMaking(userAreas))];
}

/** Waits until the log of an attempt has a number of checkpoints, and returns its path and that of the part. */
export async function whenLogged(
  directory: string,
  stretches: number,
): Promise<{ readonly log: string; readonly part: string }> {
  let log = '';
  await waitFor(async () => {
    const names = await listing(directory);
    if (names.includes('copy')) throw new Error('The copy ended before the test could do anything to it');
    for (log of names.filter((one) => one.endsWith('.checkpoints'))) {
      const text = await readFile(log, 'latin1').catch(() => '');
      if ((parseLog(text)?.states.length ?? 0) >= stretches) return true;
    }
    return false;
  });
  return { log, part: log.replace(/checkpoints$/, 'part') };
}
