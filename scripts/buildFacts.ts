import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as z from 'zod';

/** The values of `shared/process/build.ts`, as constants for esbuild. */
export function buildFacts(): Record<string, string> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')));
  return { BUILD_VERSION: JSON.stringify(version), BUILD_COMMIT: JSON.stringify(commit()) };
}

/** An image is built without git; the build receives the commit. */
function commit(): string | null {
  const given = process.env['REVISION'];
  if (given !== undefined) return given === 'unknown' ? null : given;
  return git('describe', '--always', '--dirty', '--abbrev=12', '--exclude=*');
}

/** The file that changes when another commit is checked out, if this is a working tree of git. */
export function commitFile(): string | null {
  return git('rev-parse', '--git-path', 'logs/HEAD');
}

function git(...parameters: readonly string[]): string | null {
  try {
    return execFileSync('git', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
