import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../shared/config/secret.ts';
import { theService } from '../../../shared/model/caller.ts';
import { PrismaClient } from '../../../shared/record/database/generated/sqlite/client.ts';
import { createSqliteAdapter } from '../../../shared/record/database/sqlite.ts';
import { databaseOf } from '../../../shared/record/database/tables.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { DatabaseUnderTest } from '../../contracts/record/databaseUnderTest.ts';
import { testOperationRepository } from '../../contracts/record/operationRecord.ts';
import { recordQueries } from '../../contracts/record/recordQueries.ts';
import { migrationsDirectory, request } from '../../contracts/record/request.ts';

let directory: string;
let count = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'operations-'));
});
afterAll(() => rm(directory, { recursive: true }));

const newPath = () => {
  count += 1;
  return join(directory, `new ${count}`, 'staging #100%.db');
};

const sqlite: DatabaseUnderTest = {
  createUrl: async () => `file:${newPath()}`,
  connect: (url) => createSqliteAdapter(url).connect(),
  connectRecording: (url, onQuery) =>
    databaseOf(async () => new PrismaClient({ adapter: recordQueries(createSqliteAdapter(url), onQuery) })),
  async explain(connection, query) {
    const { rows } = await connection.queryRaw({ ...query, sql: `EXPLAIN QUERY PLAN ${query.sql}` });
    const plan = rows.map((row) => String(row[3]));
    return {
      // Along an index, a scan stops at the limit.
      scans: plan.some((line) => line.startsWith('SCAN') && !/USING (COVERING )?INDEX/.test(line)),
      sorts: plan.some((line) => line.includes('TEMP B-TREE')),
      indexes: plan.flatMap((line) => / INDEX (\S+)/.exec(line)?.[1] ?? []),
    };
  },
};

describe('SQLite', () => {
  testOperationRepository(sqlite);

  test('a URL may be percent-encoded when it is a whole one', async () => {
    const path = newPath();
    const first = await openRecord(new Secret(`file:${path}`), { migrationsDirectory });
    const { id } = await first.create(request);
    await first.close();
    const second = await openRecord(new Secret(pathToFileURL(path).href), { migrationsDirectory });
    expect(await second.find(id, theService)).not.toBeNull();
    await second.close();
  });

  test('a database that cannot be opened is not available', async () => {
    const file = join(directory, 'file');
    await writeFile(file, 'no database, and no directory either');
    for (const url of [`file:${file}`, `file:${file}/staging.db`, `file:${directory}`]) {
      const opening = openRecord(new Secret(url), { migrationsDirectory });
      await expect(opening).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    }
  });
});
