import type { PrismaLibSql } from '@prisma/adapter-libsql';
import * as z from 'zod';
import { PrismaClient } from '../generated/sqlite/client.ts';
import type { SqlValue } from '../sqlSession.ts';
import { clientOptions } from '../tables.ts';
import type { SqliteWriter } from './sqliteWriter.ts';

interface SqliteAdapter {
  readonly provider: 'sqlite';
  readonly adapterName: string;
  connect(): ReturnType<PrismaLibSql['connect']>;
}

const sqlValueSchema = z.union([z.string(), z.number(), z.bigint(), z.date(), z.null()]);

/** Creates the Prisma client of a SQLite database. A module of its own, so that Prisma is loaded when it is needed. */
export function createSqliteClient(adapter: SqliteAdapter, writer: SqliteWriter): PrismaClient {
  return new PrismaClient({ ...clientOptions, adapter: writeBy(writer, adapter) });
}

/** Connections that read themselves, and leave writing to the writer. */
function writeBy(writer: SqliteWriter, adapter: SqliteAdapter) {
  const connect = async () => {
    const connection = await adapter.connect();
    connection.executeRaw = ({ sql, args, argTypes }) =>
      writer.execute(
        sql,
        args.map((arg, index) => toSqlValue(arg, argTypes[index]?.scalarType)),
      );
    return connection;
  };
  return { ...adapter, connect };
}

/** The value in which Prisma's query engine passes a column of this type. */
function toSqlValue(arg: unknown, type: string | undefined): SqlValue {
  if (typeof arg === 'string') {
    if (type === 'bigint') return BigInt(arg);
    return type === 'datetime' ? new Date(arg) : arg;
  }
  return typeof arg === 'boolean' ? Number(arg) : sqlValueSchema.parse(arg);
}
