import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One step of the schema's history: a folder of Prisma's, with its `migration.sql`. */
export interface Migration {
  readonly name: string;
  /** SHA-256 of the file in hex, by which Prisma too knows whether it changed. */
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** The migrations in a directory of Prisma's, in their order. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const sql = await readFile(join(directory, name, 'migration.sql'));
  return {
    name,
    checksum: createHash('sha256').update(sql).digest('hex'),
    statements: splitStatements(sql.toString()),
  };
}

/** Our migrations keep to this: a semicolon ends a line exactly when it ends a statement. */
function splitStatements(sql: string): string[] {
  return sql
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^--.*$/gm, '').trim() !== '');
}
