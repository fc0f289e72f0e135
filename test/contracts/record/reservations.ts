import { beforeAll, expect, test } from '@jest/globals';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { request } from './request.ts';

/** Space reserved for operations, as every worker sees it. */
export function testReservations(database: DatabaseUnderTest): void {
  const { open } = provideDatabase(database);
  let repository: OperationRecord;
  let other: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    other = await open(elsewhere);
  });

  const begin = async (worker: OperationRecord) => {
    const { id } = await worker.create(request);
    await worker.claim(id);
    return id;
  };
  const reserve = (worker: OperationRecord, id: string, space: string, number: number, bytes = 100) =>
    worker.recordReservation(id, { space, number, bytes, bytesDone: 0 });

  test('a file system without reservations', async () => {
    expect(await repository.readReservations('none')).toEqual({ lastNumber: 0, othersBytes: 0 });
  });

  test('others see a reservation, less the bytes written, until its operation has ended', async () => {
    const id = await begin(other);
    const seen = () => repository.readReservations('seen');
    const large = Number.MAX_SAFE_INTEGER;
    expect(await reserve(other, id, 'seen', 1, large)).toBe(true);
    expect(await seen()).toEqual({ lastNumber: 1, othersBytes: large });
    expect(await other.readReservations('seen')).toEqual({ lastNumber: 1, othersBytes: 0 });
    await other.recordProgress(new Map([[id, { bytesDone: large - 40 }]]));
    expect(await seen()).toEqual({ lastNumber: 1, othersBytes: 40 });
    await other.recordProgress(new Map([[id, { bytesDone: large + 1 }]]));
    expect(await seen()).toEqual({ lastNumber: 1, othersBytes: 0 });
    await other.recordProgress(new Map([[id, { bytesDone: 0 }]]));
    await other.complete(id, { outcome: 'staged' });
    expect(await seen()).toEqual({ lastNumber: 1, othersBytes: 0 });
  });

  test('file systems have separate reservations', async () => {
    await reserve(other, await begin(other), 'one', 1, 1);
    await reserve(other, await begin(other), 'two', 1, 2);
    expect(await repository.readReservations('one')).toEqual({ lastNumber: 1, othersBytes: 1 });
    expect(await repository.readReservations('two')).toEqual({ lastNumber: 1, othersBytes: 2 });
  });

  test('of many reservations made on the same reading of free space, one succeeds', async () => {
    const workers = [repository, other];
    const ids = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const worker = workers[index % 2] ?? repository;
        return { worker, id: await begin(worker) };
      }),
    );
    const made = await Promise.all(ids.map(({ worker, id }) => reserve(worker, id, 'race', 1)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await open('third/0-1/1/1').then((third) => third.readReservations('race'))).toEqual({
      lastNumber: 1,
      othersBytes: 100,
    });
  });

  test('an operation of another worker, or one that is not running, gets no reservation', async () => {
    const foreign = await begin(other);
    const waiting = (await repository.create(request)).id;
    const closed = await begin(repository);
    await repository.fail(closed, { phase: 'ERROR', errorCode: 'INTERRUPTED', errorReason: 'no' });
    for (const id of [foreign, waiting, closed]) {
      await expect(reserve(repository, id, 'mine', 1)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    }
    expect(await other.readReservations('mine')).toEqual({ lastNumber: 0, othersBytes: 0 });
  });
}
