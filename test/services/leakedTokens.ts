import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Whatever looks like a token of the service's own, or like a JSON Web Token. */
const tokens = String.raw`skast_[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`;

const run = promisify(execFile);

/** The folders that users' files are in. */
const storages = new Set(['source_storage', 'user_areas']);

/**
 * Looks for tokens in all that services have written beside their storages: logs and records.
 * @throws an error that names the files which have one
 */
export async function refuseLeakedTokens(directory: string): Promise<void> {
  const written = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !storages.has(entry.name))
    .map(({ name }) => join(directory, name));
  if (written.length === 0) return;
  const options = [
    '--recursive',
    '--extended-regexp',
    '--text',
    '--files-with-matches',
    '--exclude-dir=.staging',
  ];
  const found = await run('grep', [...options, '--regexp', tokens, ...written]).then(
    ({ stdout }) => stdout,
    (error: { readonly code?: unknown; readonly stderr?: unknown }) => {
      // grep's way to say that there is nothing.
      if (error.code === 1) return '';
      throw error;
    },
  );
  if (found !== '') throw new Error(`There are tokens in what was written:\n${found}`);
}
