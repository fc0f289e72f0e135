/** A value for a place of a statement. */
export type SqlValue = string | number | bigint | Date | null;

/** A statement and the values for its `?` places. */
export interface FilledStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

interface SqlQuery {
  sql: string;
  args: unknown[];
  argTypes: { scalarType: 'string' | 'datetime'; arity: 'scalar' }[];
}

/**
 * One connection to a database, as Prisma's driver adapters provide it: for the few SQL statements that we write
 * ourselves.
 */
export interface SqlSession {
  queryRaw(query: SqlQuery): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
  executeRaw(query: SqlQuery): Promise<number>;
}

/** The rows that a statement selects, each as a list of its columns. */
export async function select(
  session: SqlSession,
  sql: string,
  args: readonly SqlValue[] = [],
): Promise<readonly (readonly unknown[])[]> {
  return (await session.queryRaw(queryOf(sql, args))).rows;
}

/** Runs a statement that selects nothing; returns how many rows it changed. */
export async function execute(
  session: SqlSession,
  sql: string,
  args: readonly SqlValue[] = [],
): Promise<number> {
  return session.executeRaw(queryOf(sql, args));
}

function queryOf(sql: string, args: readonly SqlValue[]): SqlQuery {
  const argTypes = args.map((arg) => ({
    scalarType: arg instanceof Date ? ('datetime' as const) : ('string' as const),
    arity: 'scalar' as const,
  }));
  return { sql, args: [...args], argTypes };
}
