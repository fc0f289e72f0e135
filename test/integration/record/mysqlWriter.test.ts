import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createMySqlAdapter } from '../../../shared/record/database/mysql/mysql.ts';
import { createMySqlWriter, type MySqlWriter } from '../../../shared/record/database/mysql/mysqlWriter.ts';
import { openRenewedPool, type RenewedPool } from '../../../shared/record/database/mysql/renewedPool.ts';
import { execute, select } from '../../../shared/record/database/sqlSession.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';

const insert = 'INSERT INTO things (id, counted, at) VALUES (?, ?, ?)';
const count = 'UPDATE things SET counted = counted + ? WHERE id = ? AND counted < ?';
const at = new Date('2026-11-30T12:34:56.789Z');

describeWith('mariadb', 'the writer of MySQL and MariaDB', (server) => {
  let pool: RenewedPool;
  let writer: MySqlWriter;
  beforeAll(async () => {
    pool = await openRenewedPool(createMySqlAdapter(await createDatabase(server)));
    await execute(pool, 'CREATE TABLE things (id INT PRIMARY KEY, counted INT, at DATETIME(3))');
  });
  beforeEach(() => {
    writer = createMySqlWriter(pool);
  });
  afterEach(async () => {
    await writer.close();
    await execute(pool, 'DELETE FROM things');
  });
  afterAll(() => pool.dispose());

  const ids = Array.from({ length: 250 }, (_, id) => id);
  const insertAll = () => Promise.all(ids.map((id) => writer.write(insert, [id, 0, at])));
  const rows = () => select(pool, 'SELECT id, counted, at FROM things ORDER BY id');
  test('what is written together is written, and each is told how many rows it changed', async () => {
    expect(new Set(await insertAll())).toEqual(new Set([1]));
    expect(await rows()).toEqual(ids.map((id) => [id, 0, '2026-11-30T12:34:56.789+00:00']));
    const changes = ids.map((id) => writer.write(count, [1, id, id % 2]));
    expect(await Promise.all(changes)).toEqual(ids.map((id) => id % 2));
    expect((await rows()).map(([, counted]) => counted)).toEqual(ids.map((id) => id % 2));
  });

  test('a statement that fails is reported, and the others are written', async () => {
    await writer.write(insert, [77, 0, null]);
    const results = await Promise.allSettled(ids.map((id) => writer.write(insert, [id, 1, at])));
    const failed = ids.filter((id) => results[id]?.status === 'rejected');
    expect(failed).toEqual([77]);
    expect(results[77]).toMatchObject({ reason: { cause: { kind: 'UniqueConstraintViolation' } } });
    expect((await rows()).map(([id, counted]) => [id, counted])).toEqual(
      ids.map((id) => [id, id === 77 ? 0 : 1]),
    );
  });

  test('when its connection breaks, statements go by others, and none is written twice', async () => {
    await insertAll();
    const taken: (number | null)[] = [];
    const breaking = createMySqlWriter({
      ...pool,
      async takeConnection() {
        const connection = await pool.takeConnection();
        taken.push(connection.threadId);
        return connection;
      },
    });
    const countAll = () => Promise.all(ids.map((id) => breaking.write(count, [1, id, 10])));
    await countAll();
    expect(taken).toHaveLength(1);
    await execute(pool, `KILL ${taken[0]}`);
    expect(new Set(await countAll())).toEqual(new Set([1]));
    expect(new Set((await rows()).map(([, counted]) => counted))).toEqual(new Set([2]));
    expect(taken).toHaveLength(2);
    await breaking.close();
  });

  test('a row that somebody has locked holds up only its own statement', async () => {
    await insertAll();
    const somebody = await pool.startTransaction();
    await select(somebody, 'SELECT id FROM things WHERE id = 5 FOR UPDATE');
    const ended = new Set<number>();
    const changes = ids.map(async (id) => {
      await writer.write(count, [1, id, 10]);
      ended.add(id);
    });
    await waitFor(() => ended.size === ids.length - 1);
    expect(ended).not.toContain(5);
    await writer.write(insert, [1000, 0, at]);
    await somebody.rollback();
    await Promise.all(changes);
    expect((await rows()).map(([, counted]) => counted)).toEqual([...ids.map(() => 1), 0]);
  });

  test('with one connection, what is read does not wait for the end of all writing', async () => {
    const url = new URL(await createDatabase(server));
    url.searchParams.set('connectionLimit', '1');
    const narrow = await openRenewedPool(createMySqlAdapter(url.href));
    const narrowWriter = createMySqlWriter(narrow);
    await execute(narrow, 'CREATE TABLE things (id INT PRIMARY KEY, counted INT, at DATETIME(3))');
    let isRead = false;
    let written = 0;
    const writeOn = async () => {
      while (!isRead) {
        written += 1;
        await narrowWriter.write(insert, [written, 0, at]);
      }
    };
    const writing = Promise.all(ids.slice(0, 20).map(writeOn));
    await waitFor(() => written > 200);
    await select(narrow, 'SELECT 1');
    isRead = true;
    await writing;
    await narrowWriter.close();
    await narrow.dispose();
  });

  test('when a commit is slow, others go by another connection, and both are given back', async () => {
    let taken = 0;
    let returned = 0;
    let first: 'committing' | 'committed' | undefined;
    const slow = createMySqlWriter({
      ...pool,
      async takeConnection() {
        taken += 1;
        const isFirst = taken === 1;
        // The second one comes when the first has just been committed.
        if (!isFirst) await waitFor(() => first === 'committed');
        const connection = await pool.takeConnection();
        const { commit, release } = connection;
        if (isFirst)
          connection.commit = async () => {
            first = 'committing';
            await waitFor(() => taken === 2);
            await commit.call(connection);
            first = 'committed';
          };
        // The writer is closed while the second one is still given back.
        connection.release = async () => {
          await delay(isFirst ? 0 : 200);
          await release.call(connection);
          returned += 1;
        };
        return connection;
      },
    });
    const writes = ids.slice(0, 20).map((id) => slow.write(insert, [id, 0, at]));
    await waitFor(() => first === 'committing');
    writes.push(...ids.slice(20, 40).map((id) => slow.write(insert, [id, 0, at])));
    expect(new Set(await Promise.all(writes))).toEqual(new Set([1]));
    await slow.close();
    expect([taken, returned]).toEqual([2, 2]);
  });
});
