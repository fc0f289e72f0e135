import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { waitFor } from '../waitFor.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { aborted, request } from './request.ts';

const longAgo = new Date(0);
const soon = () => new Date(Date.now() + 1000);

/** A queued operation has no owner, and then one worker at a time. */
export function testQueue(database: DatabaseUnderTest): void {
  const { open, connect } = provideDatabase(database);
  let service: OperationRecord;
  let workers: OperationRecord[];
  let one: OperationRecord;
  let execution: (sql: string, args: readonly (string | Date)[]) => Promise<unknown>;
  beforeAll(async () => {
    service = await open();
    workers = await Promise.all([1, 2, 3, 4].map((number) => open(`elsewhere/00000000-1/${number}/1/queue`)));
    one = workers[0] ?? service;
    const connection = await connect();
    execution = (sql, args) => execute(connection, sql, args);
  });
  beforeEach(() => execution('DELETE FROM staging_operations', []));

  const enqueue = async () => {
    const { id } = await service.create(request);
    await service.release([id]);
    return id;
  };

  test('what is queued is counted: exactly where the limit is small, and where half of a large one is reached', async () => {
    const create = (count: number) =>
      Promise.all(Array.from({ length: count }, () => service.create(request)));
    await create(3);
    const answers = [3, 4, 0].map((count) => one.hasWaiting(count));
    expect(await Promise.all(answers)).toEqual([true, false, true]);
    const username = request.username ?? '';
    expect(await Promise.all([3, 4].map((count) => one.hasWaiting(count, username)))).toEqual([true, false]);
    expect(await one.hasWaiting(1, 'somebody-else')).toBe(false);
    await create(500);
    expect(await one.hasWaiting(1000)).toBe(false);
    await create(497);
    expect(await one.hasWaiting(1000)).toBe(true);
    expect(await one.hasWaiting(1001)).toBe(false);
  });

  test('of all workers that claim an operation, one succeeds', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await enqueue();
      const claims = await Promise.all(workers.map((worker) => worker.claim(id)));
      const got = claims.filter((claim) => claim !== null);
      expect(got).toHaveLength(1);
      expect(got[0]).toMatchObject({ id, phase: 'EXECUTING', attempts: 1 });
      expect(got[0]?.startedAt).not.toBeNull();
    }
  });

  test('of workers that claim many together, each operation goes to one, without a start until it is started', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, enqueue));
    const claimed = await Promise.all(workers.map((worker) => worker.claimSome(ids)));
    expect(claimed.flat().sort()).toEqual([...ids].sort());
    for (const [index, worker] of workers.entries()) {
      for (const id of claimed[index] ?? []) {
        const unstarted = await service.find(id, theService);
        expect(unstarted).toMatchObject({ phase: 'EXECUTING', attempts: 1, startedAt: null });
        expect(await worker.startClaimed(id)).toMatchObject({ id, startedAt: expect.any(Date) });
        const ended = await worker.complete(id, { outcome: 'staged' });
        expect(ended).toMatchObject({ phase: 'COMPLETED', startedAt: expect.any(Date) });
        expect(await service.find(id, theService)).toEqual(ended);
      }
    }
  });

  test('an operation that was claimed together with others can be returned as if it had not been, until it is started', async () => {
    const [returned, lost, started] = [await enqueue(), await enqueue(), await enqueue()];
    expect([...(await one.claimSome([returned, lost, started]))].sort()).toEqual(
      [returned, lost, started].sort(),
    );
    const beginning = await one.startClaimed(started);
    await one.recordStarts();
    expect(await service.find(started, theService)).toMatchObject({ startedAt: null });
    await waitFor(async () => {
      await one.recordStarts();
      return (await service.find(started, theService))?.startedAt !== null;
    });
    expect(beginning?.startedAt).toBeInstanceOf(Date);
    await execution("UPDATE staging_operations SET worker = 'other' WHERE id = ?", [lost]);
    await one.returnClaims([returned, lost, started]);
    const found = async (id: string) => service.find(id, theService);
    expect(await found(returned)).toMatchObject({ phase: 'QUEUED', attempts: 0, worker: null });
    expect(await found(lost)).toMatchObject({ phase: 'EXECUTING', worker: 'other' });
    expect(await found(started)).toMatchObject({ phase: 'EXECUTING', attempts: 1 });
    expect(await one.claim(returned)).toMatchObject({ attempts: 1 });
  });

  test('an operation that was claimed together with others, and lost meanwhile, is not started', async () => {
    const id = await enqueue();
    await one.claimSome([id]);
    await one.heartbeat(new Map());
    await execution("UPDATE staging_operations SET worker = 'other' WHERE id = ?", [id]);
    expect(await one.startClaimed(id)).toBeNull();
  });

  test('operations queued by a process are shared or its own, as it chooses, and those that only it can run are its own', async () => {
    const sharing = await open('elsewhere/00000000-1/5/1', true);
    const { id } = await sharing.create(request);
    const own = await sharing.create({ ...request, isOwn: true });
    expect([(await sharing.find(id, theService))?.worker, own.worker]).toEqual([
      null,
      'elsewhere/00000000-1/5/1',
    ]);
    expect([await one.claim(own.id), await sharing.claim(own.id)]).toMatchObject([null, { attempts: 1 }]);
    expect([await one.claim(id), await sharing.claim(id)]).toMatchObject([{ attempts: 1 }, null]);
    const pending = await sharing.create({ ...request, phase: 'PENDING' });
    await sharing.begin(pending.id);
    expect(await one.claim(pending.id)).toMatchObject({ phase: 'EXECUTING' });
    const ended = await one.fail(pending.id, aborted);
    expect(await sharing.retry(ended)).toMatchObject({ phase: 'QUEUED', worker: null, attempts: 1 });
    expect(await sharing.claim(pending.id)).toMatchObject({ phase: 'EXECUTING', attempts: 2 });
  });

  test('an operation that has changed since it was queued is claimed in its current state', async () => {
    const sharing = await open('elsewhere/00000000-1/6/1', true);
    const { id } = await sharing.create(request);
    await one.claim(id);
    await one.release([id]);
    await one.requestAbort(id);
    const claimed = await sharing.claim(id);
    expect(claimed).toMatchObject({ attempts: 2, abortRequestedAt: expect.any(Date) });
    expect(await one.find(id, theService)).toEqual(claimed);
  });

  test('a worker that lost the answer to its claim gets the operation again', async () => {
    const id = await enqueue();
    await one.claim(id);
    expect(await one.claim(id)).toMatchObject({ id, phase: 'EXECUTING', attempts: 1 });
  });

  test('an operation that another process owns, or that has ended, cannot be claimed', async () => {
    const { id } = await service.create(request);
    expect(await one.claim(id)).toBeNull();
    await service.claim(id);
    expect(await one.claim(id)).toBeNull();
    await service.complete(id, { outcome: 'staged' });
    expect(await one.claim(id)).toBeNull();
  });

  test('a worker releases only its own operations', async () => {
    const [mine, theirs] = [await enqueue(), await enqueue()];
    await one.claim(mine);
    await workers[1]?.claim(theirs);
    await one.recordProgress(new Map([[mine, { bytesDone: 7 }]]));
    await one.release([mine, theirs]);
    expect(await one.find(mine, theService)).toMatchObject({
      phase: 'QUEUED',
      worker: null,
      startedAt: null,
      bytesDone: 0,
      attempts: 1,
    });
    expect(await one.find(theirs, theService)).toMatchObject({ phase: 'EXECUTING' });
    expect(await workers[2]?.claim(mine)).toMatchObject({ attempts: 2, workerDeaths: 0 });
  });

  test('an operation whose worker died returns to the queue once, and its worker no longer owns it', async () => {
    const id = await enqueue();
    await one.claim(id);
    // Right after its start, it need not query.
    await one.heartbeat(new Map([[id, { bytesDone: 1 }]]));
    await execution('UPDATE staging_operations SET heartbeat_at = ?', [longAgo]);
    const [found] = await service.findInterrupted();
    if (!found) throw new Error('It is not found');
    expect([await service.requeue(found), await service.requeue(found)]).toEqual([true, false]);
    expect(await service.find(id, theService)).toMatchObject({
      phase: 'QUEUED',
      worker: null,
      workerDeaths: 1,
    });
    expect(await one.isOwned(id)).toBe(false);
    await one.complete(id, { outcome: 'staged' });
    expect(await service.find(id, theService)).toMatchObject({ phase: 'QUEUED' });
  });

  test('an operation whose worker recovers stays with it', async () => {
    const id = await enqueue();
    await one.claim(id);
    await execution('UPDATE staging_operations SET heartbeat_at = ?', [longAgo]);
    const [found] = await service.findInterrupted();
    await one.heartbeat(new Map());
    expect(found && (await service.requeue(found))).toBe(false);
    expect(await one.isOwned(id)).toBe(true);
  });

  test('queued operations are found in pages, and do not count as interrupted', async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push(await enqueue());
    await one.claim(ids[1] ?? '');
    await service.create(request);
    const waiting = ids.filter((_, index) => index !== 1);
    const pageOf = async (after: string, before = soon()) =>
      (await service.findQueued({ after, before, limit: 3 })).map(({ id }) => id);
    expect(await pageOf('')).toEqual(waiting.slice(0, 3));
    expect(await pageOf(waiting[2] ?? '')).toEqual(waiting.slice(3));
    expect(await pageOf('', longAgo)).toEqual([]);
    await execution('UPDATE staging_operations SET heartbeat_at = ? WHERE worker IS NULL', [longAgo]);
    expect(await (await open(elsewhere)).findInterrupted()).toEqual([]);
  });

  test('a queued operation can be closed as long as it is unclaimed', async () => {
    const failure = { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'aborted' } as const;
    const [closed, claimed] = [await enqueue(), await enqueue()];
    const read = async (id: string) => {
      const operation = await service.find(id, theService);
      if (!operation) throw new Error('It is not there');
      return operation;
    };
    const asItWas = await read(claimed);
    await one.claim(claimed);
    expect(await service.closeInterrupted(asItWas, failure)).toBe(false);
    expect(await service.closeInterrupted(await read(closed), failure)).toBe(true);
    expect(await read(closed)).toMatchObject({ phase: 'ABORTED', errorCode: 'ABORTED' });
    expect(await one.claim(closed)).toBeNull();
  });
}
