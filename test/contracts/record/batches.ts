import { beforeAll, expect, test } from '@jest/globals';
import type { Batch } from '../../../shared/model/batch.ts';
import { theService } from '../../../shared/model/caller.ts';
import type { Operation, Phase } from '../../../shared/model/operation.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import type { QueuedOperation } from '../../../shared/record/queueRecord.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';

const asked = { method: 'local_copy', username: 'alice', requestId: 'request-1' };
const received = { allOrNothing: false, directory: null, relativePath: null };
const failure = { phase: 'ERROR', errorCode: 'SOURCE_NOT_FOUND', errorReason: 'gone' } as const;

const items = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    localPathOnStorage: `survey/${index}`,
    relativePath: `data/${index}`,
    expectedDigests: index === 0 ? { adler32: '0000000a' } : {},
  }));

/** Batches are recorded completely or not at all, and their operations are many operations. */
export function testBatches(database: DatabaseUnderTest): void {
  const { open } = provideDatabase(database);
  let repository: OperationRecord;
  let other: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    other = await open(elsewhere);
  });

  /** More than fit into one statement. */
  async function accept(count = 1203, allOrNothing = false): Promise<Batch> {
    const batch = await repository.batches.create(asked);
    await repository.batches.addItems(batch, items(count));
    const isAccepted = await repository.batches.accept(batch, {
      ...received,
      allOrNothing,
      operationsTotal: count,
    });
    expect(isAccepted).toBe(true);
    return (await repository.batches.find(batch.id, theService)) ?? batch;
  }
  async function queue(batch: Batch, which: 'queue' | 'retry' = 'queue'): Promise<Operation[]> {
    const queued: QueuedOperation[] = [];
    for await (const some of repository.batches.queue(batch, which)) queued.push(...some);
    const found = await repository.findSome(queued.map(({ id }) => id));
    expect(found.map(({ id, method, username, attempts }) => ({ id, method, username, attempts }))).toEqual(
      queued,
    );
    return [...found];
  }
  async function end(batch: Batch): Promise<void> {
    const aborted = { phase: 'ABORTED', errorCode: 'ABORTED', errorReason: 'aborted' } as const;
    for await (const _ids of repository.batches.endWaiting(batch.id, aborted));
  }
  const phasesOf = async ({ id }: Batch) => {
    const { phases } = await repository.batches.counts(id);
    return Object.fromEntries(Object.entries(phases).filter(([, count]) => count > 0));
  };

  test('items have no owner before they are queued, and are then queued once each, in their order', async () => {
    const batch = await accept();
    expect(await phasesOf(batch)).toEqual({ PENDING: 1203 });
    const queued = await queue(batch);
    expect(queued.map(({ relativePath }) => relativePath)).toEqual(
      items(1203).map((item) => item.relativePath),
    );
    expect(await repository.find(queued[0]?.id ?? '', theService)).toMatchObject({
      phase: 'QUEUED',
      batchId: batch.id,
      username: 'alice',
      requestId: 'request-1',
      localPathOnStorage: 'survey/0',
      expectedDigests: { adler32: '0000000a' },
      createdAt: queued[0]?.createdAt,
      worker: queued[0]?.worker,
    });
    expect(await queue(batch)).toEqual([]);
  });

  test('only the reason is left of a refused batch', async () => {
    const batch = await repository.batches.create(asked);
    await repository.batches.addItems(batch, items(1203));
    await repository.batches.removeItems(batch.id);
    await repository.batches.refuse(batch.id, { ...failure, errorCode: 'BODY_INVALID' });
    expect(await phasesOf(batch)).toEqual({});
    expect(await repository.batches.find(batch.id, theService)).toMatchObject({
      phase: 'ERROR',
      errorCode: 'BODY_INVALID',
      errorReason: 'gone',
      operationsTotal: 0,
    });
  });

  test('a batch that was aborted while it was received is not accepted', async () => {
    const batch = await repository.batches.create(asked);
    await repository.batches.refuse(batch.id, { ...failure, phase: 'ABORTED', errorCode: 'ABORTED' });
    expect(await repository.batches.accept(batch, { ...received, operationsTotal: 1 })).toBe(false);
    expect(await repository.batches.find(batch.id, theService)).toMatchObject({ phase: 'ABORTED' });
  });

  test('an abort ends queued operations immediately, and requests running ones to stop', async () => {
    const batch = await accept(20);
    const [running] = await queue(batch);
    await repository.claim(running?.id ?? '');
    await end(batch);
    expect(await phasesOf(batch)).toEqual({ EXECUTING: 1, ABORTED: 19 });
    expect(await repository.batches.requestAborts(batch.id)).toEqual([running?.id]);
    const requests = await repository.findAbortRequests();
    expect(requests.map(({ id }) => id)).toContain(running?.id);
  });

  test('failed and aborted operations are retried, without traces of their end', async () => {
    const batch = await accept(3);
    const [good, bad] = await queue(batch);
    await repository.claim(good?.id ?? '');
    await repository.complete(good?.id ?? '', { outcome: 'staged', bytesTotal: 7, bytesDone: 7 });
    await repository.claim(bad?.id ?? '');
    await repository.fail(bad?.id ?? '', { ...failure, bytesDone: 5 });
    await end(batch);
    expect(await phasesOf(batch)).toEqual({ COMPLETED: 1, ERROR: 1, ABORTED: 1 });
    const again = await queue(batch, 'retry');
    expect(again).toHaveLength(2);
    const fresh = { phase: 'QUEUED', errorCode: null, errorReason: null, bytesDone: 0, finishedAt: null };
    expect(await repository.find(bad?.id ?? '', theService)).toMatchObject({ ...fresh, attempts: 1 });
    expect(await repository.batches.counts(batch.id)).toMatchObject({ bytesTotal: 7, bytesDone: 7 });
  });

  test('a page shows failed ones first, then running ones, and pages show each once', async () => {
    const batch = await accept(7);
    const queued = await queue(batch);
    const [first, second, third, fourth] = queued.map(({ id }) => id);
    await repository.claim(second ?? '');
    await repository.claim(third ?? '');
    await repository.fail(third ?? '', failure);
    await repository.claim(first ?? '');
    await repository.complete(first ?? '', { outcome: 'already_present' });
    await repository.fail(fourth ?? '', { ...failure, phase: 'ABORTED', errorCode: 'ABORTED' });
    const seen: [Phase, string][] = [];
    let cursor: Parameters<OperationRecord['batches']['listOperations']>[1]['cursor'];
    do {
      const page = await repository.batches.listOperations(batch.id, { limit: 2, cursor });
      seen.push(...page.operations.map(({ phase, id }): [Phase, string] => [phase, id]));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen.map(([phase]) => phase)).toEqual([
      'ERROR',
      'ABORTED',
      'EXECUTING',
      'QUEUED',
      'QUEUED',
      'QUEUED',
      'COMPLETED',
    ]);
    expect(new Set(seen.map(([, id]) => id)).size).toBe(7);
    expect(await repository.batches.counts(batch.id)).toMatchObject({ alreadyPresent: 1 });
  });

  test('a batch whose process died is taken over once, and one whose process is alive is not', async () => {
    const mine = await repository.batches.create(asked);
    const lost = await other.batches.create(asked);
    expect([mine, lost].map(repository.batches.isAbandoned)).toEqual([false, false]);
    const silent = { ...lost, heartbeatAt: new Date(Date.now() - 61_000) };
    expect(repository.batches.isAbandoned(silent)).toBe(true);
    expect(await repository.batches.claim(lost)).toBe(true);
    expect(await repository.batches.claim(lost)).toBe(false);
    expect(await other.batches.accept(lost, { ...received, operationsTotal: 0 })).toBe(false);
  });

  test('one operation of an all-or-nothing batch runs, and its items never run by themselves', async () => {
    const batch = await accept(5, true);
    const queued = await queue(batch);
    expect(queued.map(({ id, datasetRole }) => [id, datasetRole])).toEqual([[batch.id, 'whole']]);
    expect(await phasesOf(batch)).toEqual({ PENDING: 5 });
    const [item] = await repository.batches.pendingItems(batch.id, '');
    expect(item).toMatchObject({ datasetRole: 'item', relativePath: 'data/0' });
    expect(await repository.begin(item?.id ?? '')).toBe(false);
    const digests = { sha256: 'a'.repeat(64) };
    await repository.batches.recordWhole([{ id: item?.id ?? '', bytes: 3, digests, linkType: null }]);
    for await (const _ids of repository.batches.endWaiting(batch.id, {
      phase: 'COMPLETED',
      outcome: 'staged',
    }));
    expect(await phasesOf(batch)).toEqual({ COMPLETED: 5 });
    const done = { phase: 'COMPLETED', outcome: 'staged', bytesDone: 3, sha256: digests.sha256 };
    expect(await repository.find(item?.id ?? '', theService)).toMatchObject(done);
    await repository.batches.resetItems(batch.id);
    expect(await repository.find(item?.id ?? '', theService)).toMatchObject({
      phase: 'PENDING',
      outcome: null,
      bytesDone: 0,
    });
  });

  test('the end of a batch is recorded once, and batches are listed newest first', async () => {
    const batch = await accept(1);
    const counts = await repository.batches.counts(batch.id);
    await repository.batches.settle(batch.id, 'COMPLETED', counts);
    await repository.batches.settle(batch.id, 'ERROR', counts);
    expect(await repository.batches.find(batch.id, theService)).toMatchObject({ phase: 'COMPLETED' });
    const next = await accept(1);
    const first = await repository.batches.list({ username: 'alice' }, { limit: 1 }, theService);
    expect(first.batches.map(({ id }) => id)).toEqual([next.id]);
    const page = { limit: 1, cursor: first.nextCursor ?? '' };
    const second = await repository.batches.list({ username: 'alice' }, page, theService);
    expect(second.batches.map(({ id }) => id)).toEqual([batch.id]);
    expect((await repository.batches.list({ username: 'bob' }, { limit: 1 }, theService)).batches).toEqual(
      [],
    );
  });
}
