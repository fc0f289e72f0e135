import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Batch } from '../../../shared/model/batch.ts';
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

const batchId = '01a209e7-8b77-7024-8304-00000000000a';

/** Of a long history the database reads only the rows of a batch. */
export function testBatchPlans(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);
  const sent: SqlQuery[] = [];
  let connection: TestConnection;
  let repository: OperationRecord;
  let batch: Batch;
  beforeAll(async () => {
    await (await open()).close();
    connection = await connect();
    await fill(connection);
    repository = createOperationRecord(
      database.connectRecording(url(), (query) => sent.push(query)),
      elsewhere,
    );
    const found = await repository.batches.find(batchId, theService);
    if (!found) throw new Error('The batch was not made');
    batch = found;
  });
  afterAll(() => repository.close());

  const drain = async (steps: AsyncIterable<unknown>) => {
    for await (const _step of steps);
  };
  const aborted = { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'x' } as const;
  const uses: [string, () => Promise<unknown>][] = [
    ['the counts of a batch', () => repository.batches.counts(batchId)],
    ['a page of a batch', () => repository.batches.listOperations(batchId, { limit: 50 })],
    [
      'a next page of a batch',
      () =>
        repository.batches.listOperations(batchId, {
          limit: 50,
          cursor: { phase: 'COMPLETED', id: '01a209e7-8b77-7024-8304-000000000100' },
        }),
    ],
    [
      'the failed operations of a batch in the list of all',
      () => repository.list({ batch: batchId, phase: 'ERROR', username: 'anna' }, { limit: 50 }, theService),
    ],
    ['the next items of a dataset', () => repository.batches.pendingItems(batchId, '')],
    [
      'the batches of a user',
      () => repository.batches.list({ username: 'user-3' }, { limit: 50 }, theService),
    ],
    ['all batches', () => repository.batches.list({}, { limit: 50 }, theService)],
    ['batches that have not ended', () => repository.batches.findUnfinished()],
    ['abort requests', () => repository.batches.requestAborts(batchId)],
    ['what is queued', () => drain(repository.batches.queue(batch, 'queue'))],
    ['what is tried again', () => drain(repository.batches.queue(batch, 'retry'))],
    ['what is ended', () => drain(repository.batches.endWaiting(batchId, aborted))],
  ];

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

  test('the list of operations shows those of a batch, newest first, and reads no others', async () => {
    sent.length = 0;
    const { operations } = await repository.list({ batch: batchId }, { limit: 100 }, theService);
    const numbers = Array.from({ length: 80 }, (_, index) => 10 + 100 * (79 - index));
    expect(operations.map(({ id }) => id)).toEqual(numbers.map(idOf));
    for (const query of sent) {
      expect({ ...(await database.explain(connection, query)), sql: query.sql }).toMatchObject({
        scans: false,
        sql: query.sql,
      });
    }
  });
}

/** Fills the tables: for nearly empty ones, a full scan is the best plan. */
async function fill(connection: TestConnection): Promise<void> {
  for (let thousand = 0; thousand < 8; thousand += 1) {
    const numbers = Array.from({ length: 1000 }, (_, index) => thousand * 1000 + index);
    await execute(
      connection,
      `INSERT INTO staging_operations (id, batch_id, status, created_at)
       VALUES ${numbers.map(operationRow).join(',')}`,
    );
    await execute(
      connection,
      `INSERT INTO batches (id, phase, username, created_at) VALUES ${numbers.map(batchRow).join(',')}`,
    );
  }
}

const idOf = (number: number) => `01a209e7-8b77-7024-8304-${number.toString(16).padStart(12, '0')}`;
const time = sqlTime(Date.UTC(2026, 10, 23));

/** A batch has 80 operations, of every phase. */
function operationRow(number: number): string {
  const phases = ['COMPLETED', 'COMPLETED', 'ERROR', 'PENDING', 'QUEUED', 'EXECUTING', 'ABORTED'];
  return `('${idOf(number)}', '${idOf(number % 100)}', '${phases[number % 7]}', ${time})`;
}

function batchRow(number: number): string {
  const phase = number % 100 === 10 ? 'QUEUED' : 'COMPLETED';
  return `('${idOf(number)}', '${phase}', 'user-${number % 20}', ${time})`;
}
