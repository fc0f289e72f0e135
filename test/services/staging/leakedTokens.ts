import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Everything that looks like a token of the service's own, or like a JSON Web Token. */
const shapes = ['skast_[A-Za-z0-9_-]{30,}', String.raw`eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`];
/** A text with such a token, which is searched with the others and must be found. */
const control = `skast_${'x'.repeat(43)}\n`;

/** Shorter ones would be found by chance. */
const shortestToken = 16;

/** The tokens and secrets that this suite has used, of any format. */
const used = new Set<string>();

/** The output of services of a directory outside it. */
interface Elsewhere {
  readonly outputs: (() => string)[];
  readonly databases: Set<string>;
}

const services = new Map<string, Elsewhere>();

/** The folders that contain users' files. */
const storages = new Set(['source_storage', 'user_areas']);

/** Makes a token searched in everything that is written and answered from now on. @returns the same */
export function rememberToken(token: string): string {
  if (token.length >= shortestToken) used.add(token);
  return token;
}

/** Makes the secrets of a service searched, and its output and its database included. */
export function watchService(directory: string, environment: NodeJS.ProcessEnv, output: () => string): void {
  const { outputs, databases } = services.get(directory) ?? { outputs: [], databases: new Set() };
  services.set(directory, { outputs, databases });
  outputs.push(output);
  const { DATABASE_URL } = environment;
  if (DATABASE_URL?.startsWith('mysql:')) databases.add(DATABASE_URL);
  for (const [name, value] of Object.entries(environment))
    if (/(?:TOKEN|SECRET|SECRET_ACCESS_KEY|PASSWORD)$/.test(name)) rememberToken(value ?? '');
}

/** @throws an error when an answer of a service contains a token */
export function refuseTokensIn(text: string, what: string): void {
  if (new RegExp(patterns()).test(text)) throw new Error(`There is a token in ${what}:\n${text}`);
}

/**
 * Searches everything that services have written beside their storages for tokens: logs, records in files and on
 * MariaDB, and their output.
 * @throws an error that names the location, or that there was nothing to search
 */
export async function refuseLeakedTokens(directory: string): Promise<void> {
  const search = async () => {
    const written = (await readdir(directory, { withFileTypes: true }))
      .filter((entry) => (entry.isFile() || entry.isDirectory()) && !storages.has(entry.name))
      .map(({ name }) => join(directory, name));
    return filesWithTokens(written);
  };
  const elsewhere = services.get(directory);
  // SQLite removes two of its files when the last process ends.
  const leaks = await search().catch((error: unknown) => {
    if (String(error).includes('No such file')) return search();
    throw error;
  });
  if (leaks.length > 0) throw new Error(`There are tokens in what was written:\n${leaks.join('\n')}`);
  if (!elsewhere) return;
  const outputs = elsewhere.outputs.map((output) => output());
  if (outputs.every((output) => output === ''))
    throw new Error(`A service of ${directory} has said nothing, not even where it listens`);
  for (const output of outputs) refuseTokensIn(output, 'the output of a service');
  for (const url of elsewhere.databases) refuseTokensIn(await contentOf(url), 'a record on MariaDB');
}

const patterns = () => [...shapes, ...[...used].map(literal)].join('|');

const literal = (text: string) => text.replace(/[.^$*+?()[\]{}|\\]/g, String.raw`\$&`);

/**
 * The files with tokens, among these files and in these folders. @throws an error if the search finds nothing at all
 */
async function filesWithTokens(places: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'control-'));
  try {
    const known = join(folder, 'control');
    await writeFile(known, control);
    const options = [
      '--recursive',
      '--extended-regexp',
      '--text',
      '--files-with-matches',
      '--exclude-dir=.staging',
    ];
    const { stdout } = await run('grep', [...options, '--regexp', patterns(), ...places, known]);
    const found = stdout.split('\n').filter((name) => name !== '');
    if (!found.includes(known)) throw new Error('The search for tokens does not find any');
    return found.filter((name) => name !== known);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The contents of all tables of a MariaDB database. @throws when there are none */
async function contentOf(databaseUrl: string): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const database = decodeURIComponent(pathname.slice(1));
  const ask = async (sql: string) => {
    const account = ['--protocol=tcp', `--host=${hostname}`, `--port=${port}`, `--user=${username}`];
    const command = [
      '--no-defaults',
      ...account,
      '--batch',
      '--skip-column-names',
      `--execute=${sql}`,
      database,
    ];
    const env = { ...process.env, MYSQL_PWD: decodeURIComponent(password) };
    return (await run('/usr/bin/mariadb', command, { env, maxBuffer: 2 ** 30 })).stdout;
  };
  const tables = (await ask('SHOW TABLES')).split('\n').filter((name) => name !== '');
  if (tables.length === 0) throw new Error(`There are no tables in ${database} to look for tokens in`);
  return ask(tables.map((table) => `SELECT * FROM \`${table}\``).join('; '));
}
