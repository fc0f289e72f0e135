import { afterAll, beforeAll } from '@jest/globals';
import type { PrismaLibSql } from '@prisma/adapter-libsql';
import { Secret } from '../../../shared/config/secret.ts';
import type { OperationDatabase } from '../../../shared/record/database/tables.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import type { SqlQuery } from './recordQueries.ts';
import { migrationsDirectory } from './request.ts';

/** A test's own connection, besides the repository. */
export type TestConnection = Awaited<ReturnType<PrismaLibSql['connect']>>;

/** How a database would answer a query. */
interface QueryPlan {
  readonly scans: boolean;
  readonly sorts: boolean;
  readonly indexes: readonly string[];
}

/** What the contract needs from a database. */
export interface DatabaseUnderTest {
  /** The URL of a new, empty database. */
  createUrl(): Promise<string>;
  connect(url: string): Promise<TestConnection>;
  /** A Prisma client that calls `onQuery` with every query it sends. */
  connectRecording(url: string, onQuery: (query: SqlQuery) => void): OperationDatabase;
  /** Whether the database would read all rows, or sort them, for this query, and the indexes that it would use. */
  explain(connection: TestConnection, query: SqlQuery): Promise<QueryPlan>;
}

/** A time in SQL, for every database: SQLite has milliseconds, and treats what only MySQL executes as a comment. */
export const sqlTime = (time: number) =>
  `/*! TIMESTAMPADD(MICROSECOND, 1000 * */ ${time} /*! , '1970-01-01') */`;

/** A worker that is not a process of this machine. */
export const elsewhere = 'elsewhere/00000000-1/1/1';

/** A new database for the tests of one `describe`; everything that they opened is closed at their end. */
export function provideDatabase(database: DatabaseUnderTest) {
  const closers: (() => Promise<void>)[] = [];
  let url = '';
  beforeAll(async () => {
    url = await database.createUrl();
  });
  afterAll(async () => {
    for (const close of closers.splice(0)) await close();
  });
  return {
    url: () => url,
    /** By default, only it may run the operations that it queues. */
    async open(worker?: string, sharesQueue = false): Promise<OperationRecord> {
      const repository = await openRecord(new Secret(url), {
        migrationsDirectory,
        sharesQueue,
        ...(worker === undefined ? {} : { worker }),
      });
      closers.push(() => repository.close());
      return repository;
    },
    async connect(): Promise<TestConnection> {
      const connection = await database.connect(url);
      closers.push(() => connection.dispose());
      return connection;
    },
  };
}
