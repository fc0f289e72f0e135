import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { theService } from '../../../shared/model/caller.ts';
import { timeOfId } from '../../../shared/model/operationId.ts';
import type { OperationFilter, PageOrder } from '../../../shared/model/operations/lists.ts';
import { execute, select } from '../../../shared/record/database/sqlSession.ts';
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

interface SampleRow {
  readonly id: string;
  readonly phase: string;
  readonly username: string;
  readonly path: string;
  readonly bytes: number | null;
  readonly durationMs: number | null;
}

const orders = ['largest', 'smallest', 'longest', 'shortest'] as const;

type SortedOrder = (typeof orders)[number];

/** More than are sorted, and few of some filters. */
const samples = Array.from({ length: 12_000 }, (_, number) => sampleRow(number));

/** The sorted ones: the newest 10,000, and the one that shows that there are more. */
const newest = samples.slice(-10_001);

const since = new Date(Date.UTC(2026, 0, 2));

/** Lists by size and by duration, which some operations do not have, and many have in common. */
export function testSortedLists(database: DatabaseUnderTest): void {
  testWithoutFilter(database);
  const { open, connect, url } = provideDatabase(database);
  const sent: SqlQuery[] = [];
  let connection: TestConnection;
  let repository: OperationRecord;
  beforeAll(async () => {
    await (await open()).close();
    connection = await connect();
    await insert(connection, samples);
    const client = database.connectRecording(url(), (query) => sent.push(query));
    repository = createOperationRecord(client, elsewhere);
  });
  afterAll(() => repository.close());

  const isFew = (row: SampleRow) => row.username === 'few';
  const filters: readonly [string, OperationFilter, readonly SampleRow[], number][] = [
    ['all of them', {}, newest, 1000],
    ['those of a user who has few', { username: 'few' }, samples.filter(isFew), 7],
    ['those that succeeded', { phase: 'COMPLETED' }, newest.filter((row) => row.phase === 'COMPLETED'), 1000],
    ['those that failed', { phase: 'ERROR' }, samples.filter((row) => row.phase === 'ERROR'), 50],
    ['those with a text', { text: 'needle' }, newest.filter((row) => row.path === 'needle'), 7],
    [
      'those of a user with a text',
      { username: 'few', text: 'needle' },
      samples.filter((row) => isFew(row) && row.path === 'needle'),
      2,
    ],
    ['those since a time', { since }, samples.slice(11_000), 100],
  ];

  test.each(orders.flatMap((order) => filters.map((filter) => [order, ...filter] as const)))(
    'the %s come first, page by page, each once: %s',
    async (order, _name, filter, wanted, limit) => {
      const expected = sortSamples(wanted, order);
      expect(await readAll(repository, filter, order, limit)).toEqual(expected.map(({ id }) => id));
    },
  );

  test('of very many the newest 10,000 are sorted, and the answer says since when, which leads to the others', async () => {
    const page = { limit: 1000, order: 'largest' } as const;
    const { sortedSince } = await repository.list({}, page, theService);
    expect(sortedSince).toEqual(timeOfId(newest[0]?.id ?? ''));
    const older = await repository.list(
      { until: sortedSince ?? undefined },
      { ...page, limit: 5 },
      theService,
    );
    const [first] = sortSamples(samples.slice(0, -newest.length), 'largest');
    expect(older.operations[0]?.id).toBe(first?.id);
    expect(older.sortedSince).toBeNull();
    for (const few of [{ username: 'few' }, { since }]) {
      expect((await repository.list(few, page, theService)).sortedSince).toBeNull();
    }
    expect((await repository.list({}, { limit: 1000 }, theService)).sortedSince).toBeNull();
  });

  test('an ended operation is sorted by its duration, to the millisecond', async () => {
    const { id } = await repository.create({ ...request, username: 'now' });
    await repository.claim(id);
    const { startedAt, finishedAt } = await repository.complete(id, { outcome: 'staged', bytesTotal: 5 });
    if (!startedAt || !finishedAt) throw new Error('it has not ended');
    const statement = `SELECT duration_ms FROM staging_operations WHERE id = '${id}'`;
    const [[durationMs] = []] = await select(connection, statement);
    expect(Number(durationMs)).toBe(finishedAt.getTime() - startedAt.getTime());
  });

  test.each([
    ['newest', 'largest', 'This is a cursor of a list by time, and this list is by size.'],
    ['smallest', 'shortest', 'This is a cursor of a list by size, and this list is by duration.'],
    ['longest', 'newest', 'This is a cursor of a list by duration, and this list is by time.'],
  ] as const)('a cursor of the %s is refused in a list of the %s', async (of, order, message) => {
    const { nextCursor } = await repository.list({}, { limit: 1, order: of }, theService);
    await expect(
      repository.list({}, { limit: 1, order, cursor: nextCursor ?? '' }, theService),
    ).rejects.toMatchObject({
      code: 'BODY_INVALID',
      errors: [{ path: 'query.cursor', message }],
    });
  });

  const plans: readonly [string, OperationFilter, string][] = [
    ['all of them', {}, '^PRIMARY$'],
    ['those with a text', { text: 'needle' }, '^PRIMARY$'],
    ['those that failed', { phase: 'ERROR' }, '^staging_operations_status_(worker_)?id_(created_at_)?idx$'],
    ['those of a user', { username: 'few' }, '^staging_operations_username_id_(created_at_)?idx$'],
  ];

  test.each(orders.flatMap((order) => plans.map((plan) => [order, ...plan] as const)))(
    'the %s are found by an index: %s',
    async (order, _name, filter, index) => {
      const { nextCursor } = await repository.list(filter, { limit: 50, order }, theService);
      sent.length = 0;
      await repository.list(filter, { limit: 50, order, cursor: nextCursor ?? '' }, theService);
      // The rows themselves are read by their ids.
      const searches = sent.filter(({ sql }) => /^SELECT id(, (bytes_total|duration_ms))? FROM/.test(sql));
      expect(searches).toHaveLength(2);
      for (const query of searches) {
        const plan = await database.explain(connection, query);
        expect({ sql: query.sql, ...plan }).toMatchObject({
          scans: false,
          indexes: [expect.stringMatching(index)],
        });
      }
    },
  );
}

/** Without a filter a page examines only the rows that it shows, so fewer operations are enough. */
function testWithoutFilter(database: DatabaseUnderTest): void {
  const { open, connect } = provideDatabase(database);
  const first = samples.slice(0, 2000);
  let repository: OperationRecord;
  beforeAll(async () => {
    repository = await open();
    await insert(await connect(), first);
  });

  test.each(orders)('the %s come first, page by page, each once: all operations', async (order) => {
    const expected = sortSamples(first, order);
    expect(await readAll(repository, {}, order, 170)).toEqual(expected.map(({ id }) => id));
  });
}

async function readAll(
  repository: OperationRecord,
  filter: OperationFilter,
  order: PageOrder,
  limit: number,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await repository.list(filter, { limit, order, cursor: cursor ?? undefined }, theService);
    ids.push(...page.operations.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor);
  return ids;
}

async function insert(connection: TestConnection, rows: readonly SampleRow[]): Promise<void> {
  const columns = 'id, status, username, relative_path, bytes_total, created_at, started_at, finished_at';
  for (let first = 0; first < rows.length; first += 1000) {
    const values = rows.slice(first, first + 1000).map(sampleSql);
    await execute(connection, `INSERT INTO staging_operations (${columns}) VALUES ${values.join(',')}`);
  }
}

/** In the order of the database: rows without the value last, and rows with the same value by id. */
function sortSamples(rows: readonly SampleRow[], order: SortedOrder): readonly SampleRow[] {
  const valueIn = (row: SampleRow) =>
    order === 'largest' || order === 'smallest' ? row.bytes : row.durationMs;
  const sign = order === 'largest' || order === 'longest' ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [a, b] = [valueIn(one), valueIn(other)];
    if (a !== b) return a === null ? 1 : b === null ? -1 : sign * (a - b);
    return one.id < other.id ? -sign : sign;
  });
}

/** Sizes from none to petabytes and durations, often equal, and not in the order of ids. */
function sampleRow(number: number): SampleRow {
  const time = (Date.UTC(2026, 0, number < 11_000 ? 1 : 3) + number).toString(16).padStart(12, '0');
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`,
    phase: number % 50 === 1 ? 'ERROR' : 'COMPLETED',
    username: number % 40 === 0 ? 'few' : 'many',
    path: number % 100 === 0 ? 'needle' : 'hay',
    bytes: number % 8 === 3 ? null : ([4096, number * 1e11, number % 50][number % 3] ?? 0),
    durationMs: number % 6 === 5 ? null : number % 2 === 0 ? 1500 : (number * 7919) % 86_400_001,
  };
}

function sampleSql({ id, phase, username, path, bytes, durationMs }: SampleRow): string {
  const start = Date.UTC(2026, 0, 5);
  const finishedAt = durationMs === null ? 'NULL' : sqlTime(start + durationMs);
  const texts = [id, phase, username, path].map((value) => `'${value}'`);
  return `(${texts.join(',')}, ${bytes ?? 'NULL'}, ${sqlTime(start)}, ${sqlTime(start)}, ${finishedAt})`;
}
