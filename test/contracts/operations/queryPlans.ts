import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPrismaRepository } from '../../../shared/operations/prismaRepository.ts';
import type { OperationRepository } from '../../../shared/operations/repository.ts';
import { execute } from '../../../shared/operations/sqlSession.ts';
import {
  type DatabaseUnderTest,
  elsewhere,
  provideDatabase,
  type TestConnection,
} from './databaseUnderTest.ts';
import type { SqlQuery } from './recordQueries.ts';
import { request } from './request.ts';

const anId = '01a209e7-8b77-7024-8304-cbb11471d800';

/** The database reads only the rows that it answers, in their order, however long the history grows. */
export function testQueryPlans(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);
  const sent: SqlQuery[] = [];
  const keyed = { ...request, username: 'user-3', idempotencyKey: 'key' };
  let connection: TestConnection;
  let repository: OperationRepository;
  beforeAll(async () => {
    await (await open()).close();
    connection = await connect();
    await fill(connection);
    const client = database.connectRecording(url(), (query) => sent.push(query));
    repository = createPrismaRepository(client, elsewhere);
    await repository.createOnce(keyed);
  });
  afterAll(() => repository.close());

  const list = (filter: Parameters<OperationRepository['list']>[0]) => repository.list(filter, { limit: 50 });
  const since = new Date(0);
  const uses: [string, () => Promise<unknown>][] = [
    ['the newest operations', () => list({})],
    ['a next page', async () => repository.list({}, { limit: 5, cursor: (await list({})).nextCursor ?? '' })],
    ['the operations of a phase', () => list({ phase: 'ERROR' })],
    ['the operations of a method', () => list({ method: 'local_copy', since })],
    ['the operations of a user', () => list({ username: 'user-3' })],
    ['the failed operations of a user', () => list({ username: 'user-3', phase: 'ERROR' })],
    ['all conditions', () => list({ username: 'user-3', phase: 'ERROR', method: 'local_copy', since })],
    ['the operations since a time', () => list({ since })],
    [
      'what has changed',
      () => repository.findChanges({ time: new Date('2026-11-23T01:59:00Z'), id: anId }, 1000),
    ],
    ['one operation', () => repository.find(anId)],
    ['known digests', () => repository.findDigests('"tag-1"')],
    ['interrupted operations', () => repository.findInterrupted()],
    ['what a key stands for', () => repository.createOnce(keyed)],
    ['the end of an operation', () => repository.complete(anId, { outcome: 'staged' }).catch(() => {})],
  ];

  test.each(uses)('%s', async (_name, use) => {
    sent.length = 0;
    await use();
    expect(sent).not.toHaveLength(0);
    for (const query of sent) {
      expect({ ...(await database.explain(connection, query)), sql: query.sql }).toEqual({
        scans: false,
        sorts: false,
        sql: query.sql,
      });
    }
  });
}

/** Fills the table: of an all but empty one, to read it all is the best plan. */
async function fill(connection: TestConnection): Promise<void> {
  for (let thousand = 0; thousand < 8; thousand += 1) {
    const rows = Array.from({ length: 1000 }, (_, index) => makeRow(thousand * 1000 + index));
    await execute(
      connection,
      `INSERT INTO staging_operations (id, status, method, username, source_etag, sha256, created_at, updated_at)
       VALUES ${rows.join(',')}`,
    );
  }
}

/** A row in SQL. One operation in a hundred failed, and some still run. */
function makeRow(number: number): string {
  const id = `01a209e7-8b77-7024-8304-${number.toString(16).padStart(12, '0')}`;
  const phase = number > 7950 ? 'EXECUTING' : number % 100 === 0 ? 'ERROR' : 'COMPLETED';
  const method = number % 2 === 0 ? 'local_copy' : 'symlink_copy';
  const texts = [id, phase, method, `user-${number % 20}`, `"tag-${number % 500}"`, 'a'.repeat(64)];
  // One a second, so that the last hour has few of them.
  const updatedAt = new Date(Date.UTC(2026, 10, 23) + number * 1000).toISOString();
  return `(${texts.map((text) => `'${text}'`).join(',')}, '2026-11-23 00:00:00.000', '${updatedAt.slice(0, -1)}')`;
}
