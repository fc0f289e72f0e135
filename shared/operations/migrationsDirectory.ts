import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Finds `prisma/`, which holds the migrations of each database: it lies beside the program or above it, run from
 * its source or from a bundle.
 */
export function findMigrationsDirectory(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let directory = start; ; directory = dirname(directory)) {
    const candidate = join(directory, 'prisma');
    if (existsSync(join(candidate, 'sqlite', 'migrations'))) return candidate;
    if (dirname(directory) === directory) throw new Error(`There are no migrations beside or above ${start}`);
  }
}
