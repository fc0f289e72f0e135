import { afterAll, beforeAll } from '@jest/globals';
import type { PrismaLibSql } from '@prisma/adapter-libsql';
import { Secret } from '../../../shared/config/secret.ts';
import type { OperationDatabase } from '../../../shared/record/database/tables.ts';
import { openRecord } from '../../../shared/record/openRecord.ts';
import type { OperationRecord } from '../../../shared/record/operationRecord.ts';
import type { SqlQuery } from './recordQueries.ts';
import { migrationsDirectory } from './request.ts';

/** A connection of a test's own, beside the repository. */
export type TestConnection = Awaited<ReturnType<PrismaLibSql['connect']>>;

/** How a database would answer a query. */
interface QueryPlan {
  readonly scans: boolean;
  readonly sorts: boolean;
  readonly indexes: readonly string[];
}

/** What the contract needs to know of a database. */
export interface DatabaseUnderTest {
  /** The URL of a new database with nothing in it. */
  createUrl(): Promise<string>;
  connect(url: string): Promise<TestConnection>;
  /** A Prisma client that calls `onQuery` with every query it sends. */
  connectRecording(url: string, onQuery: (query: SqlQuery) => void): OperationDatabase;
  /** Whether the database would read all rows, or sort them, for this query, and the indexes that it would use. */
  explain(connection: TestConnection, query: SqlQuery): Promise<QueryPlan>;
}

/** A worker that is no process of this machine. */
export const elsewhere = 'elsewhere/00000000-1/1/1';

/** A new database for the tests of one `describe`, and what they opened of it closed at their end. */
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
    /** By default what it queues is its own. */
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
