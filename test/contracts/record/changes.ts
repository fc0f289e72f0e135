import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import type { Operation } from '../../../shared/model/operation.ts';
import { createChangeFeed, readSince } from '../../../shared/record/changeFeed.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { waitFor } from '../waitFor.ts';
import { type DatabaseUnderTest, elsewhere, provideDatabase } from './databaseUnderTest.ts';
import { aborted, request } from './request.ts';

const failure = { phase: 'ERROR', errorCode: 'INTERNAL', errorReason: 'no' } as const;
const everything = { time: new Date(0), id: '' };

/** Changes of the record are found, regardless of their writer and its clock. */
export function testChanges(database: DatabaseUnderTest): void {
  const { open, connect } = provideDatabase(database);
  let repository: OperationRecord;
  let other: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    other = await open(elsewhere);
  });
  const revisionOf = async (id: string) => (await repository.find(id, theService))?.revision;
  /** As if the writer's clock had been off by this time. */
  const redate = async ({ id, updatedAt }: Operation, milliseconds: number) =>
    execute(await connect(), 'UPDATE staging_operations SET updated_at = ? WHERE id = ?', [
      new Date((updatedAt?.getTime() ?? 0) + milliseconds),
      id,
    ]);

  test('each change increments the revision, in every way of writing it, and heartbeats do not', async () => {
    const { id, revision } = await repository.create(request);
    expect(revision).toBe(1);
    await repository.heartbeat(new Map([[id, { bytesDone: 1 }]]));
    await other.fail(id, failure);
    await repository.requestAbort(id);
    expect(await revisionOf(id)).toBe(1);
    await repository.claim(id);
    expect(await revisionOf(id)).toBe(2);
    await repository.recordProgress(new Map([[id, { bytesDone: 5 }]]));
    expect(await revisionOf(id)).toBe(3);
    expect(await repository.complete(id, { outcome: 'staged' })).toMatchObject({ revision: 4 });
    await repository.complete(id, { outcome: 'staged' });
    expect(await revisionOf(id)).toBe(4);
  });

  test('a pending operation changes when it is revised, started or aborted', async () => {
    const { id } = await repository.create({ ...request, phase: 'PENDING' });
    expect(await repository.revise(id, request)).toMatchObject({ revision: 2 });
    expect(await repository.begin(id)).toBe(true);
    expect(await revisionOf(id)).toBe(3);
    const second = await repository.create({ ...request, phase: 'PENDING' });
    expect(await repository.endPending(second.id, aborted)).toBe(true);
    expect(await revisionOf(second.id)).toBe(2);
  });

  test('an operation that is closed on behalf of a dead worker has changed', async () => {
    const { id } = await other.create(request);
    await other.claim(id);
    const found = await repository.find(id, theService);
    expect(found && (await repository.closeInterrupted(found))).toBe(true);
    expect(await revisionOf(id)).toBe(3);
  });

  test('changes are read by their time, in pages, and each operation once', async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push((await repository.create(request)).id);
    const [first = ''] = ids;
    // Changes of one millisecond are in the order of the ids.
    const lastCreated = Date.now();
    await waitFor(async () => Date.now() > lastCreated);
    await repository.fail(first, failure);
    const all = await repository.findChanges(everything, 1000);
    expect(all.slice(-5).map(({ id }) => id)).toEqual([...ids.slice(1), first]);
    const found = await repository.findSome(all.map(({ id }) => id));
    for (const { id, revision, updatedAt } of all) {
      expect(found.find((operation) => operation.id === id)).toMatchObject({ revision, updatedAt });
    }
    const [one, two] = all.slice(-2);
    expect(one && (await repository.findChanges({ time: one.updatedAt, id: one.id }, 1))).toEqual([two]);
  });

  test('any number of changes of one moment are read in pages', async () => {
    const made: string[] = [];
    for (let count = 0; count < 4; count += 1) made.push((await other.create(request)).id);
    await other.recordProgress(new Map(made.map((id) => [id, { bytesDone: 1 }])));
    const read: string[] = [];
    const { updatedAt: time } = (await other.find(made[0] ?? '', theService)) ?? {};
    for (let id = ''; time && read.length < made.length; id = read.at(-1) ?? '') {
      read.push(...(await repository.findChanges({ time, id }, 1)).map((change) => change.id));
    }
    expect(read).toEqual(made);
  });

  test('a feed reports what another worker changed since the last poll, once', async () => {
    const feed = createChangeFeed(repository);
    await other.create(request);
    expect(await look(feed)).toEqual([]);
    const created = await other.create(request);
    expect(await look(feed)).toEqual([created]);
    const started = await other.claim(created.id);
    const completed = await other.complete(created.id, { outcome: 'staged' });
    expect(started?.revision).toBeLessThan(completed.revision);
    expect(await look(feed)).toEqual([completed]);
    expect(await look(feed)).toEqual([]);
  });

  test.each([-10_000, 10_000])(
    'an end is reported even if the clock of its writer is off by %i ms',
    async (milliseconds) => {
      const { id } = await other.create(request);
      const feed = createChangeFeed(repository);
      await look(feed);
      await look(feed);
      await redate(await other.fail(id, failure), milliseconds);
      expect(await look(feed)).toMatchObject([{ id, phase: 'ERROR' }]);
      expect(await look(feed)).toEqual([]);
      const again = (await other.create(request)).id;
      expect(await look(feed)).toMatchObject([{ id: again }]);
    },
  );

  test.each([-10_000, 0, 10_000])(
    'an end that was written by a clock off by %i ms while a client was disconnected is read when it reconnects',
    async (milliseconds) => {
      const { id } = await other.create(request);
      const feed = createChangeFeed(repository);
      await look(feed);
      const { cursor } = feed;
      expect(cursor).toBeDefined();
      await redate(await other.fail(id, failure), milliseconds);
      const read = [];
      for await (const { operations } of readSince(repository, cursor ?? new Date(), theService))
        read.push(...operations);
      expect(read).toContainEqual(expect.objectContaining({ id, phase: 'ERROR' }));
    },
  );
}

async function look(feed: ReturnType<typeof createChangeFeed>): Promise<Operation[]> {
  const told = [];
  for await (const operations of feed.poll()) {
    for (const operation of operations) if (feed.markSeen(operation)) told.push(operation);
  }
  return told;
}
