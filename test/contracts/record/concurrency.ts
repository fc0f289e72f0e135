import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { select } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { request } from './request.ts';
import { startWorker } from './workerProcess.ts';

/** Concurrent changes, in one process and in several. */
export function testConcurrency(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);
  let repository: OperationRecord;
  beforeAll(async () => {
    repository = await open();
  });

  test('two hundred concurrent operations all end, during heartbeats and reads by other processes', async () => {
    const other = await open(elsewhere);
    const run = async (_: unknown, index: number) => {
      const { id } = await repository.create(request);
      await repository.claim(id);
      if (index % 10 === 0) await repository.heartbeat(new Map([[id, { bytesDone: 1 }]]));
      if (index % 20 === 0) await other.findInterrupted();
      return repository.complete(id, { outcome: 'staged' });
    };
    const completed = await Promise.all(Array.from({ length: 200 }, run));
    expect(completed.every((operation) => operation.phase === 'COMPLETED')).toBe(true);
    expect(new Set(completed.map((operation) => operation.id)).size).toBe(200);
  });

  test('of many requests with one key, through two connections, one is recorded and the others find it', async () => {
    const other = await open(elsewhere);
    const keyed = { ...request, username: 'keyed', idempotencyKey: 'one' };
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? repository : other).createOnce(keyed)),
    );
    expect(created.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(created.map(({ operation }) => operation.id)).size).toBe(1);
    expect((await repository.list({ username: 'keyed' }, { limit: 10 }, theService)).operations).toHaveLength(
      1,
    );
    await expect(other.createOnce({ ...keyed, relativePath: 'elsewhere' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    const another = await other.createOnce({ ...keyed, username: 'another' });
    expect(another.isNew).toBe(true);
    expect(await repository.find(another.operation.id, theService)).toEqual(another.operation);
  });

  test('processes that write concurrently do not lock each other out', async () => {
    const connection = await connect();
    const sql = "SELECT COUNT(*) FROM staging_operations WHERE status = 'COMPLETED'";
    const countCompleted = async () => Number((await select(connection, sql))[0]?.[0]);
    const before = await countCompleted();
    const workers = Array.from({ length: 3 }, () => startWorker(url(), 'create', '100'));
    expect(await Promise.all(workers.map((worker) => worker.ended()))).toEqual([0, 0, 0]);
    expect(await countCompleted()).toBe(before + 300);
  });

  test('one end wins when many end the same operation concurrently', async () => {
    const { id } = await repository.create(request);
    const failure = { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'no' } as const;
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 ? repository.fail(id, failure) : repository.complete(id, { outcome: 'staged' }),
      ),
    );
    expect(new Set(ends.map((operation) => operation.phase)).size).toBe(1);
  });
}
