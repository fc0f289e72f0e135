import { execFile } from 'node:child_process';
import { link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientOf } from '../../contracts/httpClient.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import {
  removeDataDirectory,
  type StagingService,
  startStagingService,
} from '../../services/stagingService.ts';
import { inTheMaking } from '../../services/workspaces.ts';
import { makeRucioSite, type RucioSite, sourceOf } from './site.ts';

const run = promisify(execFile);
const files = 100_000;

/** Puts a dataset with its files and replicas into Rucio's tables: through the API it would take many minutes. */
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

describeWith('rucio-large', `a dataset of ${files} files`, (rucio) => {
  let site: RucioSite;
  let service: StagingService;

  beforeAll(async () => {
    site = await makeRucioSite(rucio, { isDeterministic: false });
    service = await startStagingService(site.dataDirectory, site.settings);
    const { scope } = site;
    await site.catalogue.addCollection('DATASET', { scope, name: 'big' }, []);
    await run('python3', ['-c', fill, rucio.databaseFile, site.rse, scope, String(files)]);
    // A thousand links each of one file: file systems limit how many it may have.
    for (let folder = 0; folder < files / 1000; folder += 1) {
      const path = join(site.folder, 'big', String(folder).padStart(3, '0'));
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'abc'), 'abc');
      const names = Array.from({ length: 1000 }, (_, index) =>
        String(folder * 1000 + index).padStart(6, '0'),
      );
      await Promise.all(names.map((name) => link(join(path, 'abc'), join(path, `${name}.bin`))));
    }
  }, 300_000);

  afterAll(async () => {
    await service.stop();
    await removeDataDirectory(site.dataDirectory);
  }, 120_000);

  const peakMemoryKib = async () => {
    const status = await readFile(`/proc/${service.process.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
  };

  test('begins with its first files while the others are still located, in little memory', async () => {
    const client = clientOf(service.url);
    const body = {
      local_path_on_storage: sourceOf({ scope: site.scope, name: 'big' }),
      relative_path: 'big',
    };
    const accepted = await client.post('/stage/local?username=alice', body, { Prefer: 'respond-async' });
    const { id } = JSON.parse(accepted.text).operation;
    await waitFor(async () => (await client.operation(id)).files_done > 0, 120_000);
    expect(await client.operation(id)).toMatchObject({ files_total: files, phase: 'EXECUTING' });
    await waitFor(async () => (await client.operation(id)).files_done > 2000, 300_000);
    expect(await peakMemoryKib()).toBeLessThan(300 * 1024);
    // It has been seen that it works; the rest takes Rucio's SQLite minutes.
    await fetch(`${service.url}/operations/${id}`, { method: 'DELETE' });
    await waitFor(async () => (await client.operation(id)).phase === 'ABORTED', 60_000);
    await waitFor(async () => (await inTheMaking(service.userAreas)).length === 0, 120_000);
    expect(await readdir(service.userAreas)).not.toContain('alice');
  }, 600_000);
});
