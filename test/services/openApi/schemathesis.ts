import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../install/pythonEnvironment.ts';
import type { RunningService } from '../runningService.ts';

const run = promisify(execFile);

/** A Python with schemathesis, which generates requests from an OpenAPI document and checks the answers. */
export interface Schemathesis {
  readonly python: string;
}

/** Finds it or installs it. */
export async function findSchemathesis(): Promise<RunningService<Schemathesis>> {
  const python = await pythonEnvironment('schemathesis', 'schemathesis.txt');
  return { address: { python }, stop: async () => undefined };
}

/** The target and the duration of a test. */
interface Target {
  readonly url: string;
  readonly token: string;
  /** Ids that exist, by the first name of the routes that have them. */
  readonly knownIds: Readonly<Record<string, readonly string[]>>;
  /** In seconds; without it a few requests of each kind, always the same. */
  readonly seconds: number | undefined;
}

/** The final output of schemathesis, and whether it has found no failures. */
export interface Verdict {
  readonly isClean: boolean;
  readonly output: string;
}

/** Tests a service with all checks, as configured in `schemathesis.toml`. */
export async function testWithSchemathesis(
  { python }: Schemathesis,
  { url, token, knownIds, seconds }: Target,
): Promise<Verdict> {
  // It writes files to its working directory, and reads its own there.
  const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  try {
    for (const name of ['schemathesis.toml', 'schemathesis_hooks.py'])
      await copyFile(fileURLToPath(new URL(name, import.meta.url)), join(folder, name));
    const extent =
      seconds === undefined ? ['--max-examples', '3', '--seed', '1'] : ['--max-time', `${seconds}`];
    const parameters = [
      'run',
      `${url}/openapi.json`,
      '--header',
      `Authorization: Bearer ${token}`,
      ...extent,
    ];
    const env = { ...process.env, KNOWN_IDS: JSON.stringify(knownIds), NO_COLOR: '1' };
    const options = { cwd: folder, env, maxBuffer: 2 ** 28 };
    return await run(python, ['-m', 'schemathesis.cli', ...parameters], options).then(
      ({ stdout }) => ({ isClean: true, output: stdout }),
      // Including its output when it has found something.
      (error: { readonly stdout: string; readonly stderr: string }) => ({
        isClean: false,
        output: error.stdout + error.stderr,
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
