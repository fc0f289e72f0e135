import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { aborted, request } from './request.ts';
import { startWorker } from './workerProcess.ts';

const unknownId = '01a209e7-8b77-7024-8304-cbb11471d800';

/** From the request to the end, and who may change what. */
export function testLifecycle(database: DatabaseUnderTest): void {
  const { open, connect, url } = provideDatabase(database);
  let repository: OperationRecord;
  let other: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    other = await open(elsewhere);
  });

  test('a new operation is QUEUED and reads back exactly as it was answered', async () => {
    const created = await repository.create(request);
    expect(created).toMatchObject({ ...request, phase: 'QUEUED', attempts: 0, bytesDone: 0 });
    expect(await repository.find(created.id, theService)).toEqual(created);
    expect(await repository.find(created.id.toUpperCase(), theService)).toEqual(created);
  });

  test('a PENDING operation has no owner until it starts, once, and can be changed until then', async () => {
    const { id } = await repository.create({ ...request, method: null, phase: 'PENDING', runId: 'run' });
    expect(await repository.find(id, theService)).toMatchObject({
      phase: 'PENDING',
      worker: null,
      runId: 'run',
    });
    const changed = { ...request, expectedDigests: { md5: '0'.repeat(32) } };
    expect(await other.revise(id, changed)).toMatchObject({ ...changed, phase: 'PENDING' });
    const begun = await Promise.all([repository.begin(id), repository.begin(id)]);
    expect(begun.toSorted()).toEqual([false, true]);
    expect(await other.revise(id, { ...request, username: 'bob' })).toMatchObject({ username: 'alice' });
    expect([await repository.begin(id), await repository.endPending(id, aborted)]).toEqual([false, false]);
    expect(await repository.claim(id)).toMatchObject({ phase: 'EXECUTING', attempts: 1 });
  });

  test('any worker can abort a PENDING operation, which then never starts', async () => {
    const { id } = await repository.create({ ...request, phase: 'PENDING' });
    expect([await other.endPending(id, aborted), await other.endPending(id, aborted)]).toEqual([true, false]);
    expect(await repository.find(id, theService)).toMatchObject({ phase: 'ABORTED', errorCode: 'ABORTED' });
    expect(await repository.begin(id)).toBe(false);
  });

  test('an operation whose destruction is due is to be aborted, and is not listed among the others', async () => {
    const { id } = await repository.create({ ...request, username: 'due' });
    await other.setDestruction(id, new Date(Date.now() - 1));
    expect((await repository.findAbortRequests()).map((operation) => operation.id)).toContain(id);
    const isListed = async (notDestroyedBy?: Date) =>
      (await repository.list({ username: 'due', notDestroyedBy }, { limit: 1 }, theService)).operations
        .length === 1;
    expect([await isListed(), await isListed(new Date())]).toEqual([true, false]);
    await other.setDestruction(id, null);
    expect(await isListed(new Date())).toBe(true);
  });

  test('an operation passes through its phases, and its end records the staged data', async () => {
    const { id } = await repository.create(request);
    const before = Date.now();
    const started = await repository.claim(id);
    expect(started).toMatchObject({ phase: 'EXECUTING', attempts: 1, finishedAt: null });
    expect(started?.startedAt?.getTime()).toBeGreaterThanOrEqual(before);
    const completion = {
      outcome: 'staged',
      bytesTotal: Number.MAX_SAFE_INTEGER,
      bytesDone: Number.MAX_SAFE_INTEGER,
      filesTotal: 2,
      filesDone: 2,
      sourceEtag: '"tag"',
      sourceLocation: 'rse/a.fits',
      targetInode: '2049:77',
      linkType: 'hard',
      present: 'unknown',
    } as const;
    const digests = { sha256: 'a'.repeat(64), adler32: '0'.repeat(8) };
    const completed = await repository.complete(id, { ...completion, digests });
    expect(completed).toMatchObject({ ...completion, ...digests, md5: null, phase: 'COMPLETED' });
    expect(completed.finishedAt).toBeInstanceOf(Date);
    expect(await repository.find(id, theService)).toEqual(completed);
  });

  test('published data is found by its key, for every caller', async () => {
    const { id } = await repository.create(request);
    await repository.claim(id);
    const targetKey = createHash('sha256').update(id).digest('hex');
    expect(await other.findPublished(targetKey)).toBeNull();
    await repository.complete(id, { outcome: 'staged', targetKey, sourceEtag: '"tag"', linkType: 'hard' });
    expect(await other.findPublished(targetKey)).toEqual({ sourceEtag: '"tag"', linkType: 'hard' });
    expect(await other.findPublished(createHash('sha256').digest('hex'))).toBeNull();
    // As earlier versions recorded it.
    const sql = 'UPDATE staging_operations SET target_key = ? WHERE id = ?';
    expect(await execute(await connect(), sql, [targetKey, id])).toBe(1);
    expect(await other.findPublished(targetKey)).toEqual({ sourceEtag: '"tag"', linkType: 'hard' });
  });

  test('an operation may fail right after it was recorded', async () => {
    const { id } = await repository.create(request);
    const failure = { phase: 'ERROR', errorCode: 'SOURCE_NOT_FOUND', errorReason: 'no' } as const;
    expect(await repository.fail(id, failure)).toMatchObject({ ...failure, startedAt: null });
  });

  test('an ended operation does not change', async () => {
    const { id } = await repository.create(request);
    const ended = await repository.fail(id, aborted);
    expect(await repository.complete(id, { outcome: 'staged' })).toEqual(ended);
    expect(await repository.claim(id)).toBeNull();
    await repository.heartbeat(new Map([[id, { bytesDone: 5 }]]));
    expect(await repository.find(id, theService)).toEqual(ended);
  });

  test('another worker changes nothing', async () => {
    const { id } = await repository.create(request);
    const started = await repository.claim(id);
    const failure = { phase: 'ERROR', errorCode: 'INTERNAL', errorReason: 'no' } as const;
    expect(await other.fail(id, failure)).toEqual(started);
    await other.heartbeat(new Map([[id, { bytesDone: 5 }]]));
    expect(await repository.find(id, theService)).toEqual(started);
    expect(await repository.isOwned(id)).toBe(true);
    expect(await other.isOwned(id)).toBe(false);
  });

  test('a heartbeat writes the given progress, and renews the lease of all others', async () => {
    const told = await repository.create(request);
    const silent = await repository.create(request);
    await repository.heartbeat(new Map([[told.id, { bytesTotal: 10, bytesDone: 5 }]]));
    const heard = await repository.find(told.id, theService);
    expect(heard).toMatchObject({ bytesTotal: 10, bytesDone: 5, filesTotal: null });
    expect((await repository.find(silent.id, theService))?.heartbeatAt).toEqual(heard?.heartbeatAt);
  });

  test('the progress of many operations is written in one statement, if they are unfinished and of this worker', async () => {
    const [one, two, ended] = [
      await repository.create(request),
      await repository.create(request),
      await repository.create(request),
    ];
    const foreign = await other.create(request);
    await repository.complete(ended.id, { outcome: 'staged', bytesDone: 9 });
    const large = Number.MAX_SAFE_INTEGER;
    await repository.recordProgress(
      new Map([
        [one.id, { bytesTotal: large, bytesDone: large - 1, filesTotal: null, filesDone: 0 }],
        [two.id, { bytesDone: 2 }],
        [ended.id, { bytesDone: 3 }],
        [foreign.id, { bytesDone: 4 }],
      ]),
    );
    const found = await repository.findSome([one.id, two.id, ended.id, foreign.id]);
    expect(found).toMatchObject([
      { bytesTotal: large, bytesDone: large - 1, filesTotal: null },
      { bytesTotal: null, bytesDone: 2 },
      { bytesDone: 9 },
      { bytesDone: 0 },
    ]);
    expect(found[0]?.heartbeatAt).toEqual(one.heartbeatAt);
  });

  test('a time is the same to the millisecond for a process in another time zone', async () => {
    const { id } = await repository.create(request);
    const started = await repository.claim(id);
    const shown = await startWorker(url(), 'show', id).nextLine();
    expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(started)));
  });

  test('digests are stored by the version of the source, and complement each other', async () => {
    await repository.addDigests('v1', { md5: '1'.repeat(32) });
    await repository.addDigests('v1', { sha256: '2'.repeat(64) });
    await repository.addDigests('v1', {});
    await repository.addDigests('V1', { sha256: '3'.repeat(64) });
    expect(await repository.findDigests('v1')).toEqual({ md5: '1'.repeat(32), sha256: '2'.repeat(64) });
    expect(await repository.findDigests('v2')).toEqual({});
  });

  test('of many that store digests of a version concurrently, none fails and none is lost', async () => {
    const some = [{ md5: '1'.repeat(32) }, { sha256: '2'.repeat(64) }, { adler32: '3'.repeat(8) }];
    await Promise.all([...some, ...some, ...some].map((digests) => repository.addDigests('v3', digests)));
    expect(await repository.findDigests('v3')).toEqual(Object.assign({}, ...some));
  });

  test('many operations are ended in one statement, if they are unfinished and of this worker', async () => {
    const heard: string[] = [];
    const [one, two, ended] = [
      await repository.create(request),
      await repository.create(request),
      await repository.create(request),
    ];
    const foreign = await other.create(request);
    await repository.complete(ended.id, { outcome: 'staged' });
    const unsubscribe = repository.onPhase(({ id }) => heard.push(id));
    const ids = [one.id, two.id, ended.id, foreign.id, unknownId];
    const failure = { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'no' } as const;
    const found = await repository.failSome(ids, failure);
    unsubscribe();
    expect(found.map(({ id, phase }) => [id, phase])).toEqual([
      [one.id, 'ABORTED'],
      [two.id, 'ABORTED'],
      [ended.id, 'COMPLETED'],
      [foreign.id, 'QUEUED'],
    ]);
    expect(found[0]).toMatchObject({ ...failure, startedAt: null });
    expect(heard).toEqual(found.map(({ id }) => id));
  });

  test('an unknown operation is null to find, and an error to change', async () => {
    expect(await repository.find(unknownId, theService)).toBeNull();
    expect(await repository.find('no id, %', theService)).toBeNull();
    expect(await repository.claim(unknownId)).toBeNull();
    await expect(repository.complete(unknownId, { outcome: 'staged' })).rejects.toMatchObject({
      code: 'OPERATION_NOT_FOUND',
    });
    expect(await repository.isOwned(unknownId)).toBe(false);
  });

  test('several operations are found together, as far as they exist', async () => {
    const [one, two] = [await repository.create(request), await repository.create(request)];
    const found = await repository.findSome([one.id, two.id, unknownId]);
    expect(found).toEqual([one, two]);
  });

  test('a listener gets every phase that this process writes, until it unsubscribes', async () => {
    const heard: string[] = [];
    const unsubscribe = repository.onPhase(({ phase }) => heard.push(phase));
    const { id } = await repository.create(request);
    await repository.claim(id);
    await repository.complete(id, { outcome: 'staged' });
    unsubscribe();
    await repository.fail((await repository.create(request)).id, {
      phase: 'ERROR',
      errorCode: 'INTERNAL',
      errorReason: 'no',
    });
    expect(heard).toEqual(['EXECUTING', 'COMPLETED']);
  });

  test('anybody may request an abort of an unfinished operation, and only its worker gets the request', async () => {
    const { id } = await repository.create(request);
    const ended = await repository.create(request);
    await repository.complete(ended.id, { outcome: 'staged' });
    await other.requestAbort(id);
    await other.requestAbort(ended.id);
    const found = await repository.findAbortRequests();
    expect(found.map((operation) => operation.id)).toEqual([id]);
    expect(found[0]?.abortRequestedAt).toBeInstanceOf(Date);
    expect(await other.findAbortRequests()).toEqual([]);
    await repository.fail(id, { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'no' });
    expect(await repository.findAbortRequests()).toEqual([]);
  });

  test('a failed or aborted operation is retried by any worker, without a trace of its end', async () => {
    for (const phase of ['ERROR', 'ABORTED'] as const) {
      const { id, createdAt } = await repository.create(request);
      await repository.claim(id);
      await repository.requestAbort(id);
      const ended = await repository.fail(id, {
        phase,
        errorCode: 'ABORTED',
        errorReason: 'no',
        bytesTotal: 5,
        bytesDone: 3,
      });
      const queued = await other.retry(ended);
      expect(queued).toEqual({
        ...(await repository.create(request)),
        id,
        createdAt,
        attempts: 1,
        worker: elsewhere,
        heartbeatAt: queued?.heartbeatAt,
        // It is a change for pollers.
        revision: ended.revision + 1,
        updatedAt: queued?.updatedAt,
      });
      expect(await repository.find(id, theService)).toEqual(queued);
      expect(await other.claim(id)).toMatchObject({ phase: 'EXECUTING', attempts: 2 });
    }
  });

  test('of many concurrent retries one succeeds, and a late one does not start a third attempt', async () => {
    const { id } = await repository.create(request);
    const failure = { phase: 'ERROR', errorCode: 'INTERNAL', errorReason: 'no' } as const;
    const failed = await repository.fail(id, failure);
    const retries = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? repository : other).retry(failed)),
    );
    const [queued] = retries.filter((operation) => operation !== undefined);
    expect(retries.filter((operation) => operation !== undefined)).toHaveLength(1);
    await (queued?.worker === elsewhere ? other : repository).fail(id, failure);
    expect(await repository.retry(failed)).toBeUndefined();
  });

  test('an unfinished or completed operation is not retried', async () => {
    const created = await repository.create(request);
    expect(await repository.retry(created)).toBeUndefined();
    expect(
      await repository.retry(await repository.complete(created.id, { outcome: 'staged' })),
    ).toBeUndefined();
  });

  test('the database answers a ping', async () => {
    await expect(repository.ping()).resolves.toBeUndefined();
  });
}
