import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import { createOperationRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import {
  type DatabaseUnderTest,
  elsewhere,
  provideDatabase,
  sqlTime,
  type TestConnection,
} from './databaseUnderTest.ts';
import type { SqlQuery } from './recordQueries.ts';
import { request } from './request.ts';

const anId = '01a209e7-8b77-7024-8304-cbb11471d800';
const aReservation = { space: 'storage-1', number: 1, bytes: 1, bytesDone: 0 };

/** The database reads only the rows that it returns, in their order, for any length of the history. */
export function testQueryPlans(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);
  const sent: SqlQuery[] = [];
  const keyed = { ...request, username: 'user-3', idempotencyKey: 'key' };
  let connection: TestConnection;
  let repository: OperationRecord;
  beforeAll(async () => {
    await (await open()).close();
    connection = await connect();
    await fill(connection);
    const client = database.connectRecording(url(), (query) => sent.push(query));
    repository = createOperationRecord(client, elsewhere);
    await repository.createOnce(keyed);
  });
  afterAll(() => repository.close());

  const list = (filter: Parameters<OperationRecord['list']>[0]) =>
    repository.list(filter, { limit: 50 }, theService);
  const since = new Date(0);
  const until = new Date();
  const uses: [string, () => Promise<unknown>][] = [
    ['the newest operations', () => list({})],
    [
      'a next page',
      async () => repository.list({}, { limit: 5, cursor: (await list({})).nextCursor ?? '' }, theService),
    ],
    ['the operations of a phase', () => list({ phase: 'ERROR' })],
    ['the operations of a method', () => list({ method: 'local_copy', since })],
    ['the operations of a user', () => list({ username: 'user-3' })],
    ['the failed operations of a user', () => list({ username: 'user-3', phase: 'ERROR' })],
    ['all conditions', () => list({ username: 'user-3', phase: 'ERROR', method: 'local_copy', since })],
    ['the data of a user', () => list({ username: 'user-3', data: 'present' })],
    [
      'the data of a user by one method',
      () => list({ username: 'user-3', data: 'removed', method: 'local_copy' }),
    ],
    ['removals that were interrupted', () => repository.findInterruptedRemovals()],
    ['what was removed', () => list({ data: 'expired', phase: 'COMPLETED', since })],
    ['the operations since a time', () => list({ since })],
    [
      'what has changed',
      () => repository.findChanges({ time: new Date('2026-11-23T01:59:00Z'), id: anId }, 1000),
    ],
    ['the operations of a day', () => list({ since, until })],
    ['the oldest operations', () => repository.list({ until }, { limit: 50, order: 'oldest' }, theService)],
    [
      'a next page of the oldest',
      async () =>
        repository.list(
          {},
          { limit: 5, order: 'oldest', cursor: (await list({})).nextCursor ?? '' },
          theService,
        ),
    ],
    ['a text', () => list({ text: 'user-3' })],
    [
      'a text in the failed operations of a user',
      () => list({ text: 'M31', username: 'user-3', phase: 'ERROR' }),
    ],
    ['one operation', () => repository.find(anId, theService)],
    ['whether something was published', () => repository.findPublished('a'.repeat(64))],
    ['known digests', () => repository.findDigests('version-1')],
    ['interrupted operations', () => repository.findInterrupted()],
    ['a sign of life', () => repository.heartbeat(new Map([[anId, { bytesDone: 1 }]]))],
    ['the reservations', () => repository.readReservations('storage-1')],
    ['a reservation', () => repository.recordReservation(anId, aReservation).catch(() => {})],
    ['what a key stands for', () => repository.createOnce(keyed)],
    ['the queue', () => repository.findQueued({ after: anId, before: new Date(), limit: 1000 })],
    ['a claim', () => repository.claim(anId)],
    ['what is given back', () => repository.release([anId])],
    ['what waits for its data', () => repository.wait(anId, { until: new Date(), reason: 'a rule' })],
    ['a rule that is needed', () => repository.recordRule(anId, 'rule')],
    ['rules that nothing needs', () => repository.findUnneededRules()],
    ['whether a rule is needed', () => repository.isRuleNeeded('rule')],
    ['the end of an operation', () => repository.complete(anId, { outcome: 'staged' }).catch(() => {})],
  ];

  test('abort requests are read by their time: those of the last minutes, for any number of queued operations', async () => {
    sent.length = 0;
    await repository.findAbortRequests();
    const [query] = sent;
    if (!query) throw new Error('nothing was asked');
    // The few rows may be sorted.
    expect(await database.explain(connection, query)).toMatchObject({ scans: false });
    expect(query.sql).toMatch(/abort_requested_at >=/);
  });

  test.each(uses)('%s', async (_name, use) => {
    sent.length = 0;
    await use();
    expect(sent).not.toHaveLength(0);
    for (const query of sent) {
      expect({ ...(await database.explain(connection, query)), sql: query.sql }).toMatchObject({
        scans: false,
        sorts: false,
        sql: query.sql,
      });
    }
  });

  test('a summary of the record', async () => {
    sent.length = 0;
    await repository.summarize(new Date(0), theService);
    expect(sent).not.toHaveLength(0);
    for (const query of sent) {
      // The counts are grouped by hour, which sorts a few rows.
      expect({ ...(await database.explain(connection, query)), sql: query.sql }).toMatchObject({
        scans: false,
      });
    }
  });

  const [username, phase, method] = ['user-3', 'ERROR', 'local_copy'] as const;
  const filters: [string, string, Parameters<OperationRecord['list']>[0]][] = [
    ['phase and user', 'status_username', { username, phase }],
    ['staged data', 'data_state', { data: 'present' }],
    ['staged data of a user', 'data_state_username', { data: 'present', username }],
    ['staged data of a user by a method', 'data_state_username', { data: 'present', username, method }],
    ['a user, of whom a method is looked for', 'username', { method, username }],
    ['a phase, of which a method is looked for', 'status', { phase, method }],
    ['phase and user, of whom a method is looked for', 'status_username', { phase, method, username }],
    ['a user, of whom what succeeded is looked for', 'username', { phase: 'COMPLETED', username }],
  ];

  test.each(filters)('an index for %s', async (_name, columns, filter) => {
    for (const order of ['newest', 'oldest'] as const) {
      for (const time of [{}, { since }, { until }, { since, until }, { text: 'M31' }]) {
        sent.length = 0;
        await repository.list({ ...filter, ...time }, { limit: 50, order }, theService);
        expect(sent).not.toHaveLength(0);
        for (const query of sent) {
          const indexes = [expect.stringMatching(`^staging_operations_${columns}_id_(created_at_)?idx$`)];
          expect({ sql: query.sql, ...(await database.explain(connection, query)) }).toMatchObject({
            indexes,
          });
        }
      }
    }
  });
}

/** Fills the table: for a nearly empty one, a full scan is the best plan. */
async function fill(connection: TestConnection): Promise<void> {
  for (let thousand = 0; thousand < 8; thousand += 1) {
    const rows = Array.from({ length: 1000 }, (_, index) => makeRow(thousand * 1000 + index));
    await execute(
      connection,
      `INSERT INTO staging_operations
         (id, status, method, username, source_etag, sha256, outcome, reserved_on, reservation_number, created_at, updated_at)
       VALUES ${rows.join(',')}`,
    );
  }
}

/**
 * A row in SQL. One operation in fifty failed, and some are still running. Phases, methods and users are independent of
 * each other, so that an index on two of them always finds less than an index on one.
 */
function makeRow(number: number): string {
  const id = `01a209e7-8b77-7024-8304-${number.toString(16).padStart(12, '0')}`;
  const phase = number > 7950 ? 'EXECUTING' : Math.floor(number / 40) % 50 === 0 ? 'ERROR' : 'COMPLETED';
  const method = number % 2 === 0 ? 'local_copy' : 'symlink_copy';
  const user = `user-${Math.floor(number / 2) % 20}`;
  // Data that was already present is not an operation's own.
  const outcome = number % 3 === 0 ? 'already_present' : 'staged';
  const texts = [id, phase, method, user, `"tag-${number % 500}"`, 'a'.repeat(64), outcome];
  // One a second, so that the last hour has few of them.
  const begin = Date.UTC(2026, 10, 23);
  const times = `${sqlTime(begin)}, ${sqlTime(begin + number * 1000)}`;
  return `(${texts.map((text) => `'${text}'`).join(',')}, 'storage-1', ${number}, ${times})`;
}
