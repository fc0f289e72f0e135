import { beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import type { Operation } from '../../../shared/model/operation.ts';
import type { OperationFilter } from '../../../shared/model/operations/lists.ts';
import { execute } from '../../../shared/record/database/sqlSession.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import { type DatabaseUnderTest, provideDatabase, sqlTime } from './databaseUnderTest.ts';
import { request } from './request.ts';

/** Filters, and stable pages. */
export function testLists(database: DatabaseUnderTest): void {
  const { open, connect } = provideDatabase(database);
  let repository: OperationRecord;
  beforeAll(async () => {
    repository = await open();
  });

  const createMany = async (count: number, given = {}): Promise<Operation[]> => {
    const created: Operation[] = [];
    while (created.length < count) created.unshift(await repository.create({ ...request, ...given }));
    return created;
  };
  const list = async (filter: OperationFilter) =>
    (await repository.list(filter, { limit: 100 }, theService)).operations;

  test('pages go from the newest to the oldest and stay the same while operations are added', async () => {
    const newestFirst = await createMany(7, { username: 'pages' });
    const filter = { username: 'pages' };
    const read: Operation[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await repository.list(filter, { limit: 3, cursor: cursor ?? undefined }, theService);
      read.push(...page.operations);
      cursor = page.nextCursor;
      await repository.create({ ...request, ...filter });
    } while (cursor);
    expect(read).toEqual(newestFirst);
  });

  test('a page that is exactly full is the last when nothing follows', async () => {
    await createMany(3, { username: 'full' });
    const page = await repository.list({ username: 'full' }, { limit: 3 }, theService);
    expect(page.operations).toHaveLength(3);
    expect(page.nextCursor).toBeNull();
  });

  test('all conditions of a filter are combined', async () => {
    const [operation] = await createMany(1, { username: 'bob', method: 'symlink_copy' });
    const [other] = await createMany(1, { username: 'bob', method: 'local_copy' });
    if (!operation || !other) throw new Error('nothing was created');
    await repository.fail(operation.id, { phase: 'ERROR', errorCode: 'NO_SPACE', errorReason: 'full' });
    const ids = async (filter: OperationFilter) => (await list(filter)).map((found) => found.id);
    expect(await ids({ username: 'bob' })).toEqual([other.id, operation.id]);
    expect(await ids({ username: 'bob', phase: 'QUEUED' })).toEqual([other.id]);
    expect(await ids({ username: 'bob', method: 'symlink_copy' })).toEqual([operation.id]);
    expect(await ids({ method: 'symlink_copy', phase: 'ERROR' })).toEqual([operation.id]);
    expect(await ids({ username: 'bob', method: 'symlink_copy', phase: 'QUEUED' })).toEqual([]);
  });

  test('names are distinguished by case and accent', async () => {
    await createMany(1, { username: 'Zoë' });
    expect(await list({ username: 'Zoë' })).toHaveLength(1);
    expect(await list({ username: 'zoë' })).toHaveLength(0);
    expect(await list({ username: 'Zoe' })).toHaveLength(0);
  });

  test('since is exact to the millisecond, at its edge too', async () => {
    const [operation] = await createMany(1, { username: 'since' });
    if (!operation) throw new Error('nothing was created');
    const at = operation.createdAt.getTime();
    expect(await list({ username: 'since', since: new Date(at) })).toEqual([operation]);
    expect(await list({ username: 'since', since: new Date(at + 1) })).toEqual([]);
    expect(await list({ username: 'since', since: new Date(0) })).toEqual([operation]);
  });

  test('until ends where since begins, and together they are a time range', async () => {
    const [operation] = await createMany(1, { username: 'until' });
    if (!operation) throw new Error('nothing was created');
    const at = operation.createdAt.getTime();
    expect(await list({ username: 'until', until: new Date(at) })).toEqual([]);
    expect(await list({ username: 'until', until: new Date(at + 1) })).toEqual([operation]);
    const span = { since: new Date(at), until: new Date(at + 1) };
    expect(await list({ username: 'until', ...span })).toEqual([operation]);
  });

  test('the oldest come first on request, page by page', async () => {
    const newestFirst = await createMany(7, { username: 'order' });
    const read: Operation[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await repository.list(
        { username: 'order' },
        { limit: 3, order: 'oldest', ...(cursor && { cursor }) },
        theService,
      );
      read.push(...page.operations);
      cursor = page.nextCursor;
    } while (cursor);
    expect(read).toEqual(newestFirst.toReversed());
  });

  test('a text is found in paths and user names, in either case, and is not a pattern', async () => {
    const [source] = await createMany(1, { localPathOnStorage: '/survey/NGC-100%_done/x.fits' });
    const [target] = await createMany(1, { relativePath: 'ngc-100%_DONE.ms' });
    const [user] = await createMany(1, { username: 'ngc-100%_done' });
    await createMany(1, { localPathOnStorage: '/survey/NGC-100-done' });
    await createMany(1, { localPathOnStorage: null, relativePath: null, username: null });
    expect(await list({ text: 'Ngc-100%_Done' })).toEqual([user, target, source]);
    expect(await list({ text: 'Ngc-100%_Done', username: 'alice' })).toEqual([target, source]);
    expect(await list({ text: `'; DROP TABLE staging_operations; --` })).toEqual([]);
    const first = await repository.list({ text: 'ngc-100%' }, { limit: 2, order: 'oldest' }, theService);
    expect(first.operations).toEqual([source, target]);
    const next = await repository.list(
      { text: 'ngc-100%' },
      { limit: 2, order: 'oldest', cursor: first.nextCursor ?? '' },
      theService,
    );
    expect(next).toEqual({ operations: [user], nextCursor: null, sortedSince: null });
  });

  test('a text is searched in a bounded number of rows per page, and found on a later one', async () => {
    await createMany(1, { relativePath: 'needle' });
    const connection = await connect();
    for (let thousand = 0; thousand < 11; thousand += 1) {
      const rows = Array.from({ length: 1000 }, (_, index) => {
        const id = `ff000000-0000-7000-8000-${(thousand * 1000 + index).toString(16).padStart(12, '0')}`;
        return `('${id}', 'COMPLETED', 'hay', ${sqlTime(Date.UTC(2026, 10, 23))})`;
      });
      const columns = '(id, status, relative_path, created_at)';
      await execute(connection, `INSERT INTO staging_operations ${columns} VALUES ${rows.join(',')}`);
    }
    const first = await repository.list({ text: 'needle' }, { limit: 10 }, theService);
    expect(first.operations).toEqual([]);
    const second = await repository.list(
      { text: 'needle' },
      { limit: 10, cursor: first.nextCursor ?? '' },
      theService,
    );
    expect(second.operations).toHaveLength(1);
    expect(second.nextCursor).toBeNull();
  });

  test('the longest allowed page is read', async () => {
    // There are more, which the previous test has written.
    const page = await repository.list({}, { limit: 1000 }, theService);
    expect(page.operations).toHaveLength(1000);
  });

  test.each([
    ['no base64url', '*'],
    ['nothing', ''],
    ['some text', Buffer.from('not an id').toString('base64url')],
    ['an id of another version', Buffer.from('00000000-0000-4000-8000-000000000000').toString('base64url')],
    ['very long', 'A'.repeat(100_000)],
  ])('an invalid cursor is refused: %s', async (_name, cursor) => {
    await expect(repository.list({}, { limit: 1, cursor }, theService)).rejects.toMatchObject({
      code: 'BODY_INVALID',
      errors: [{ path: 'query.cursor' }],
    });
  });
}
