import type { PrismaLibSql } from '@prisma/adapter-libsql';

type Connection = Awaited<ReturnType<PrismaLibSql['connect']>>;

/** A query as Prisma sends it to a driver adapter. */
export type SqlQuery = Parameters<Connection['queryRaw']>[0];

interface Adapter<Provider extends string> {
  readonly provider: Provider;
  readonly adapterName: string;
  connect(): Promise<Connection>;
}

/** Prisma's driver adapter, which also reports every query before it is sent. */
export function recordQueries<Provider extends string>(
  adapter: Adapter<Provider>,
  onQuery: (query: SqlQuery) => void,
): Adapter<Provider> {
  const { provider, adapterName } = adapter;
  return {
    provider,
    adapterName,
    async connect() {
      const connection = await adapter.connect();
      const queryRaw = connection.queryRaw.bind(connection);
      const executeRaw = connection.executeRaw.bind(connection);
      connection.queryRaw = (query) => {
        onQuery(query);
        return queryRaw(query);
      };
      connection.executeRaw = (query) => {
        onQuery(query);
        return executeRaw(query);
      };
      return connection;
    },
  };
}
