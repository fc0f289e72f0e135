import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Secret } from '../../../shared/config/secret.ts';
import { PrismaClient } from '../../../shared/record/database/generated/mysql/client.ts';
import { createMySqlAdapter } from '../../../shared/record/database/mysql/mysql.ts';
import { execute, select } from '../../../shared/record/database/sqlSession.ts';
import { databaseOf } from '../../../shared/record/database/tables.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import type { DatabaseUnderTest, TestConnection } from '../../contracts/record/databaseUnderTest.ts';
import { testOperationRepository } from '../../contracts/record/operationRecord.ts';
import { recordQueries } from '../../contracts/record/recordQueries.ts';
import { migrationsDirectory, request } from '../../contracts/record/request.ts';
import { waitFor } from '../../contracts/waitFor.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import { startTcpProxy, type TcpProxy } from './tcpProxy.ts';

const unavailable = { code: 'DATABASE_UNAVAILABLE' };

describeWith('mariadb', 'MariaDB', (server) => {
  const analysed = new WeakSet<TestConnection>();
  const mariadb: DatabaseUnderTest = {
    // Hundreds of concurrent requests wait for ten connections, on a busy machine longer than the timeout for a dead
    // database.
    createUrl: async () => `${await createDatabase(server)}?acquireTimeout=60000`,
    connect: (url) => createMySqlAdapter(url).connect(),
    connectRecording: (url, onQuery) =>
      databaseOf(async () => new PrismaClient({ adapter: recordQueries(createMySqlAdapter(url), onQuery) })),
    async explain(connection, query) {
      // The statistics may be older than the rows, which a suite fills in before its first question.
      if (!analysed.has(connection)) await select(connection, 'ANALYZE TABLE staging_operations');
      analysed.add(connection);
      const result = await connection.queryRaw({ ...query, sql: `EXPLAIN ${query.sql}` });
      const column = (name: string) =>
        result.rows.map((row) => String(row[result.columnNames.indexOf(name)]));
      return {
        scans: column('type').includes('ALL'),
        sorts: column('Extra').some((extra) => /filesort|temporary/.test(extra)),
        indexes: column('key'),
      };
    },
  };

  testOperationRepository(mariadb);

  describe('when the network breaks', () => {
    let proxy: TcpProxy;
    let repository: OperationRecord;
    beforeAll(async () => {
      proxy = await startTcpProxy(server.port);
      const url = new URL(await createDatabase(server));
      url.port = String(proxy.port);
      url.searchParams.set('socketTimeout', '3000');
      repository = await openRecord(new Secret(url.href), { migrationsDirectory });
    });
    afterAll(async () => {
      await repository.close();
      await proxy.cut();
    });

    test('a stopped database is reported within seconds, and used again when it is back', async () => {
      await repository.create(request);
      await proxy.cut();
      const start = Date.now();
      await expect(repository.create(request)).rejects.toMatchObject(unavailable);
      expect(Date.now() - start).toBeLessThan(8000);
      await proxy.mend();
      await waitFor(() => records(repository));
    });

    test('an unresponsive database is reported within seconds, and used again when it answers', async () => {
      await repository.ping();
      proxy.swallow();
      const start = Date.now();
      await expect(repository.create(request)).rejects.toMatchObject(unavailable);
      expect(Date.now() - start).toBeLessThan(10_000);
      await proxy.mend();
      await waitFor(() => records(repository));
    });

    test('a start without a database fails within seconds', async () => {
      const url = new Secret('mysql://nobody:secret@127.0.0.1:1/none');
      const opening = openRecord(url, { migrationsDirectory });
      await expect(opening).rejects.toMatchObject(unavailable);
    });

    test('a connection that breaks at any moment does not end the process', async () => {
      for (let round = 0; round < 20; round += 1) {
        const creating = Promise.allSettled(Array.from({ length: 20 }, () => repository.create(request)));
        await wait(round * 2);
        await proxy.cut();
        await proxy.mend();
        await creating;
      }
      await waitFor(() => records(repository));
    }, 60_000);
  });

  describe('when the server becomes read-only, as after a failover', () => {
    const readOnly = { ...unavailable, message: expect.stringContaining('may only be read (error 1290)') };
    const account = `reader_${randomBytes(6).toString('hex')}`;
    let root: Awaited<ReturnType<ReturnType<typeof createMySqlAdapter>['connect']>>;
    let repository: OperationRecord;
    beforeAll(async () => {
      const url = new URL(await createDatabase(server));
      root = await createMySqlAdapter(url.href).connect();
      await execute(root, `CREATE USER ${account}@127.0.0.1 IDENTIFIED BY '${account}'`);
      await execute(root, `GRANT ALL ON ${url.pathname.slice(1)}.* TO ${account}@127.0.0.1`);
      Object.assign(url, { username: account, password: account });
      repository = await openRecord(new Secret(url.href), { migrationsDirectory });
    });
    afterAll(async () => {
      await execute(root, "SET GLOBAL read_only = 0, init_connect = ''");
      await repository.close();
      await execute(root, `DROP USER ${account}@127.0.0.1`);
      await root.dispose();
    });

    const refusal = () => repository.create(request).then(() => '', String);
    const recordMany = () => Promise.all(Array.from({ length: 50 }, () => repository.create(request)));

    test('the record and its check report it, and new connections are used as soon as they are writable', async () => {
      await recordMany();
      await execute(root, 'SET GLOBAL read_only = 1');
      await expect(repository.create(request)).rejects.toMatchObject(readOnly);
      await expect(repository.ping()).rejects.toMatchObject(readOnly);
      // A connection keeps the rights from its start, so only new ones may write now.
      await execute(root, `GRANT READ_ONLY ADMIN ON *.* TO ${account}@127.0.0.1`);
      await recordMany();
      await repository.ping();
    });

    test('connections with read-only transactions are replaced, too', async () => {
      await execute(root, "SET GLOBAL init_connect = 'SET SESSION tx_read_only = 1'");
      await execute(root, `KILL USER ${account}@127.0.0.1`);
      // The first failures are on broken connections.
      await waitFor(async () => (await refusal()).includes('may only be read (error 1792)'));
      await execute(root, "SET GLOBAL init_connect = ''");
      await recordMany();
    });
  });

  test('a database in use is not disturbed by a migration of another one', async () => {
    const urls = await Promise.all(Array.from({ length: 4 }, () => createDatabase(server)));
    const repositories = await Promise.all(
      urls.map((url) => openRecord(new Secret(url), { migrationsDirectory })),
    );
    await Promise.all(repositories.map((repository) => repository.create(request)));
    await Promise.all(repositories.map((repository) => repository.close()));
  });
});

/** Whether it records an operation now: a connection that broke unnoticed may fail once. */
const records = (repository: OperationRecord): Promise<boolean> =>
  repository.create(request).then(
    () => true,
    () => false,
  );
