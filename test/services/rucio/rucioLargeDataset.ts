import { execFile } from 'node:child_process';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Rucio } from './rucio.ts';
import { type Did, openRucioCatalogue } from './rucioCatalogue.ts';

const run = promisify(execFile);

/** How many files one folder has. */
const filesPerFolder = 1000;

/**
 * Writes the contents of a dataset with their replicas into Rucio's tables: through the API it would take many minutes.
 */
const fill = `
import sqlite3, sys
path, rse, scope, count = sys.argv[1:]
database = sqlite3.connect(path, timeout=60)
(rse_id,) = database.execute("SELECT id FROM rses WHERE rse = ?", (rse,)).fetchone()
names = [f"big/{number // 1000:03}/{number:06}.bin" for number in range(int(count))]
now = "2026-01-01 00:00:00"
with database:
    database.executemany("INSERT INTO dids (scope, name, account, did_type, availability, bytes, adler32, is_open, created_at, updated_at) VALUES (?, ?, 'root', 'F', 'A', 3, '024d0127', 0, ?, ?)", ((scope, name, now, now) for name in names))
    database.executemany("INSERT INTO replicas (rse_id, scope, name, path, bytes, adler32, state, created_at, updated_at) VALUES (?, ?, ?, ?, 3, '024d0127', 'A', ?, ?)", ((rse_id, scope, name, name, now, now) for name in names))
    database.executemany("INSERT INTO contents (scope, name, child_scope, child_name, did_type, child_type, bytes, adler32, created_at, updated_at) VALUES (?, 'big', ?, ?, 'D', 'F', 3, '024d0127', ?, ?)", ((scope, scope, name, now, now) for name in names))
`;

/** The location of a large dataset: an RSE that is not deterministic, and the folder of its files. */
interface LargeSite {
  readonly rse: string;
  readonly scope: string;
  readonly folder: string;
}

/** Makes a dataset `big` of that many files, a multiple of 1000, with three bytes each. */
export async function makeLargeDataset(
  rucio: Rucio,
  { rse, scope, folder }: LargeSite,
  files: number,
): Promise<Did> {
  const dataset = { scope, name: 'big' };
  await (await openRucioCatalogue(rucio)).addCollection('DATASET', dataset, []);
  await run('python3', ['-c', fill, rucio.databaseFile, rse, scope, String(files)]);
  // A thousand links to each file: file systems limit the number of links.
  for (let number = 0; number < files / filesPerFolder; number += 1) {
    const path = join(folder, 'big', String(number).padStart(3, '0'));
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'abc'), 'abc');
    const names = Array.from({ length: filesPerFolder }, (_, index) =>
      String(number * filesPerFolder + index).padStart(6, '0'),
    );
    await Promise.all(names.map((name) => link(join(path, 'abc'), join(path, `${name}.bin`))));
  }
  return dataset;
}
