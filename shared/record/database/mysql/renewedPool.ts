import type { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { driverErrorOf, whyUnwritable } from '../driverError.ts';

type Pool = Awaited<ReturnType<PrismaMariaDb['connect']>>;

/** A pool of connections, as Prisma's client and our own statements use it. */
export type RenewedPool = Pick<
  Pool,
  'queryRaw' | 'executeRaw' | 'executeScript' | 'startTransaction' | 'getConnectionInfo' | 'dispose'
> & {
  readonly provider: 'mysql';
  readonly adapterName: string;
  /** A connection of the pool, which its user releases. */
  takeConnection(): ReturnType<ReturnType<Pool['underlyingDriver']>['getConnection']>;
  /** Whether statements wait for a connection. */
  isExhausted(): boolean;
};

/** ER_CLOSING_POOL: the statement was waiting for a connection of a pool that is replaced, and was not executed. */
const closingCode = 45037;

/**
 * A pool that replaces all its connections when one of them turns out to be read-only: after a failover they lead to a
 * server that is now a replica, and would stay open. The refused statement is retried once, by a new connection.
 */
export async function openRenewedPool(adapter: PrismaMariaDb): Promise<RenewedPool> {
  let current = await adapter.connect();
  let renewing: Promise<void> | undefined;
  let disposing: Promise<void> | undefined;

  const renew = async () => {
    const old = current;
    current = await adapter.connect();
    renewing = undefined;
    // Its end waits for running statements, which others should not wait for.
    old.dispose().catch(() => undefined);
  };
  const run = async <Answer>(ask: (pool: Pool) => Promise<Answer>): Promise<Answer> => {
    const pool = current;
    try {
      return await ask(pool);
    } catch (error) {
      if (whyUnwritable(error) === undefined && driverErrorOf(error).code !== closingCode) throw error;
    }
    if (pool === current) renewing ??= renew();
    await renewing;
    return ask(current);
  };
  return {
    provider: 'mysql',
    adapterName: adapter.adapterName,
    queryRaw: (query) => run((pool) => pool.queryRaw(query)),
    executeRaw: (query) => run((pool) => pool.executeRaw(query)),
    executeScript: (script) => run((pool) => pool.executeScript(script)),
    isExhausted: () => current.underlyingDriver().taskQueueSize() > 0,
    takeConnection: () => run((pool) => pool.underlyingDriver().getConnection()),
    startTransaction: (level) => run((pool) => pool.startTransaction(level)),
    getConnectionInfo: () => current.getConnectionInfo(),
    dispose() {
      disposing ??= current.dispose();
      return disposing;
    },
  };
}
