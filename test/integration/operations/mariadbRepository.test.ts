import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { Secret } from '../../../shared/config/secret.ts';
import { PrismaClient } from '../../../shared/operations/generated/mysql/client.ts';
import { openDatabase } from '../../../shared/operations/openDatabase.ts';
import type { OperationRepository } from '../../../shared/operations/repository.ts';
import { select } from '../../../shared/operations/sqlSession.ts';
import { testOperationRepository } from '../../contracts/operationRepository.ts';
import type { DatabaseUnderTest } from '../../contracts/operations/databaseUnderTest.ts';
import { recordQueries } from '../../contracts/operations/recordQueries.ts';
import { migrationsDirectory, request } from '../../contracts/operations/request.ts';
import { describeWith } from '../../services/describeWith.ts';
import { createDatabase } from '../../services/mariadb.ts';
import { startTcpProxy, type TcpProxy } from './tcpProxy.ts';

const unavailable = { code: 'DATABASE_UNAVAILABLE' };

describeWith('mariadb', 'MariaDB', (server) => {
  const mariadb: DatabaseUnderTest = {
    createUrl: () => createDatabase(server),
    connect: (url) => new PrismaMariaDb(url).connect(),
    connectRecording: (url, onQuery) =>
      new PrismaClient({ adapter: recordQueries(new PrismaMariaDb(url), onQuery) }),
    async explain(connection, query) {
      // Prepared statements of EXPLAIN do not see the values; the statistics may be older than the rows.
      await select(connection, 'ANALYZE TABLE staging_operations');
      const result = await connection.queryRaw({ ...query, sql: `EXPLAIN ${query.sql}` });
      const column = (name: string) =>
        result.rows.map((row) => String(row[result.columnNames.indexOf(name)]));
      return {
        scans: column('type').includes('ALL'),
        sorts: column('Extra').some((extra) => /filesort|temporary/.test(extra)),
      };
    },
  };

  testOperationRepository(mariadb);

  describe('when the network breaks', () => {
    let proxy: TcpProxy;
    let repository: OperationRepository;
    beforeAll(async () => {
      proxy = await startTcpProxy(server.port);
      const url = new URL(await createDatabase(server));
      url.port = String(proxy.port);
      url.searchParams.set('socketTimeout', '3000');
      repository = await openDatabase(new Secret(url.href), { migrationsDirectory });
    });
    afterAll(async () => {
      await repository.close();
      await proxy.cut();
    });

    test('a database that is gone is reported within seconds, and used again when it is back', async () => {
      await repository.create(request);
      await proxy.cut();
      const start = Date.now();
      await expect(repository.create(request)).rejects.toMatchObject(unavailable);
      await expect(repository.ping()).rejects.toMatchObject(unavailable);
      expect(Date.now() - start).toBeLessThan(15_000);
      await proxy.mend();
      await expect(repository.create(request)).resolves.toMatchObject({ phase: 'QUEUED' });
    }, 30_000);

    test('a database that falls silent is reported within seconds, and used again when it answers', async () => {
      await repository.ping();
      proxy.swallow();
      const start = Date.now();
      await expect(repository.create(request)).rejects.toMatchObject(unavailable);
      expect(Date.now() - start).toBeLessThan(10_000);
      await proxy.mend();
      await expect(repository.create(request)).resolves.toMatchObject({ phase: 'QUEUED' });
    }, 30_000);

    test('a start without a database fails within seconds', async () => {
      const url = new Secret('mysql://nobody:secret@127.0.0.1:1/none');
      const opening = openDatabase(url, { migrationsDirectory });
      await expect(opening).rejects.toMatchObject(unavailable);
    }, 10_000);
  });

  test('a database in use is not disturbed by a schema that is migrated in another', async () => {
    const urls = await Promise.all(Array.from({ length: 4 }, () => createDatabase(server)));
    const repositories = await Promise.all(
      urls.map((url) => openDatabase(new Secret(url), { migrationsDirectory })),
    );
    await Promise.all(repositories.map((repository) => repository.create(request)));
    await Promise.all(repositories.map((repository) => repository.close()));
  });
});
