import * as z from 'zod';
import type { Prisma, StagingBatch, StagingOperation } from './generated/sqlite/client.ts';
import { createQuery, type Query } from './query.ts';
import type { SqlValue } from './sqlSession.ts';

/**
 * A row of `staging_operations`: the same for every database, because there is one set
 * of models. Sizes are numbers, which are exact up to 9 PB.
 */
export type OperationRow = {
  readonly [Member in keyof StagingOperation]: bigint extends StagingOperation[Member]
    ? Exclude<StagingOperation[Member], bigint> | number
    : StagingOperation[Member];
};

/** The columns of an operation that are read: the others serve only conditions and indexes. */
export type ReadRow = Omit<
  OperationRow,
  | 'idempotencyKey'
  | 'idempotencyHash'
  | 'expiryWarnedAt'
  | 'reservedBytes'
  | 'reservedOn'
  | 'reservationNumber'
>;

/** A row of `batches`. */
export type BatchRow = StagingBatch;

export type BatchConditions = Prisma.StagingBatchWhereInput;

export type BatchChanges = Prisma.StagingBatchUpdateManyMutationInput;

/**
 * The functions of a Prisma client that the record uses. The clients generated for SQLite and for MySQL are different
 * types; both fit this one. Each call here is one statement: Prisma's `create` and `update` would be transactions of
 * several on MySQL.
 */
export interface OperationDatabase {
  readonly stagingBatch: {
    createMany(query: { readonly data: BatchRow }): Promise<unknown>;
    updateMany(query: {
      readonly where: BatchConditions;
      readonly data: BatchChanges;
    }): Promise<{ readonly count: number }>;
  };
  /** Like `select`, for columns that contain texts, numbers and times: optimised for many and long rows. */
  selectColumns<Row>(
    columns: readonly string[],
    from: string,
    values: readonly SqlValue[],
    toRow: (columns: readonly unknown[]) => Row,
  ): Promise<Row[]>;
  /** The rows that a statement selects, each as a list of its columns, as the driver returns them. */
  select(sql: string, values: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]>;
  /** Runs a statement that changes rows; resolves when it is durable, with the number of rows that it changed. */
  execute(sql: string, values: readonly SqlValue[]): Promise<number>;
  /** Like `execute`, for a statement on one row: it may share its commit with others. */
  write(sql: string, values: readonly SqlValue[]): Promise<number>;
  /** Makes calls of the others. */
  readonly query: Query;
  /** Calls the listener each time that the database does not answer. */
  onUnavailable(listener: () => void): void;
  close(): Promise<void>;
}

/**
 * The options of every Prisma client. Its plan cache keeps our statements with all their values, and those of batches
 * have thousands: a thousand plans, the default, could take hundreds of megabytes. We have some dozens of other
 * statements.
 */
export const clientOptions = { queryPlanCacheMaxSize: 50 } as const;

/** The common part of the databases' Prisma clients. */
type Client = Pick<OperationDatabase, 'stagingBatch'> & {
  $queryRawUnsafe(sql: string, ...values: SqlValue[]): Promise<unknown>;
  $executeRawUnsafe(sql: string, ...values: SqlValue[]): Promise<number>;
  $disconnect(): Promise<void>;
};

/**
 * The database of a client, which also writes. The client is created when it is first needed: loading Prisma takes a
 * third of the time of a start, and most processes start to read.
 */
export function databaseOf(createClient: () => Promise<Client>): OperationDatabase {
  let created: Promise<Client> | undefined;
  const client = () => {
    created ??= createClient();
    return created;
  };
  const select: OperationDatabase['select'] = async (sql, values) =>
    z
      .array(z.record(z.string(), z.unknown()))
      .parse(await (await client()).$queryRawUnsafe(sql, ...values))
      .map(Object.values);
  const execute: OperationDatabase['execute'] = async (sql, values) =>
    (await client()).$executeRawUnsafe(sql, ...values);
  const listeners = new Set<() => void>();
  return {
    query: createQuery(() => {
      for (const notify of listeners) notify();
    }),
    onUnavailable: (listener) => void listeners.add(listener),
    stagingBatch: {
      createMany: async (query) => (await client()).stagingBatch.createMany(query),
      updateMany: async (query) => (await client()).stagingBatch.updateMany(query),
    },
    select,
    selectColumns: async (columns, from, values, toRow) =>
      (await select(`SELECT ${columns.join(', ')} ${from}`, values)).map(toRow),
    execute,
    write: execute,
    close: async () => (await created)?.$disconnect(),
  };
}

/**
 * A text that every database accepts: at most `limit` UTF-16 units, truncated if longer, and with U+FFFD for characters
 * that SQL databases reject (NUL, and surrogates without their other half).
 */
export function truncateText(text: string, limit: number): string {
  const fitting = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return fitting.replaceAll('\0', '\u{fffd}').toWellFormed();
}

/** The maximum length of a text in its column, in UTF-16 units; never more than the column of any database allows. */
export const textLimits = {
  method: 64,
  username: 255,
  path: 4096,
  location: 8192,
  requestId: 255,
  runId: 255,
  errorReason: 8000,
  sourceEtag: 255,
  waitingFor: 2000,
} as const;
