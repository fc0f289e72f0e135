import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { Secret } from '../../../shared/config/secret.ts';
import { theService } from '../../../shared/model/caller.ts';
import { PrismaClient } from '../../../shared/record/database/generated/sqlite/client.ts';
import { createSqliteAdapter } from '../../../shared/record/database/sqlite/sqlite.ts';
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
    const sorts = plan.some((line) => line.includes('TEMP B-TREE'));
    // A table without row numbers is itself in the order of the ids. Along an index, a scan stops at the limit.
    const isById = !sorts && / ORDER BY id (ASC|DESC) LIMIT /.test(query.sql);
    const keys = plan.map((line) => (isById ? line.replace(/^SCAN \S+$/, '$& USING PRIMARY KEY') : line));
    return {
      scans: keys.some(
        (line) => line.startsWith('SCAN') && !/USING (COVERING INDEX|INDEX|PRIMARY KEY)/.test(line),
      ),
      sorts,
      indexes: keys.flatMap((line) => /USING (?:COVERING )?(?:INDEX )?(\S+)/.exec(line)?.[1] ?? []),
    };
  },
};

describe('SQLite', () => {
  testOperationRepository(sqlite);

  test('the times of an earlier version become numbers, and it cannot add others', async () => {
    const path = newPath();
    const earlier = join(directory, 'earlier');
    const isEarlier = (source: string) => !source.includes('20261130110000');
    await cp(migrationsDirectory, earlier, { recursive: true, filter: isEarlier });
    const first = await openRecord(new Secret(`file:${path}`), { migrationsDirectory: earlier });
    await first.close();
    const time = '2026-11-23T01:02:03.456+00:00';
    const id = '01a209e7-8b77-7024-8304-cbb11471d800';
    const other = id.replace('8', '9');
    const insert = `INSERT INTO staging_operations (id, status, outcome, method, created_at, started_at, finished_at, updated_at)
      VALUES (?, 'COMPLETED', 'staged', 'local_copy', ?, ?, ?, ?)`;
    const database = new Database(path);
    database.prepare(insert).run([id, time, time, time.replace('03.', '04.'), time]);

    const second = await openRecord(new Secret(`file:${path}`), { migrationsDirectory });
    const { operations } = await second.list({ data: 'present' }, { limit: 2, order: 'longest' }, theService);
    const createdAt = new Date(time);
    const finishedAt = new Date(createdAt.getTime() + 1000);
    expect(operations).toMatchObject([{ id, createdAt, startedAt: createdAt, finishedAt, expiresAt: null }]);
    expect(() => database.prepare(insert).run([other, time, time, time, time])).toThrow(
      'CHECK constraint failed',
    );
    database.close();
    await second.close();
  });

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
