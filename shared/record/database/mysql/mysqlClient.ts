import { PrismaClient } from '../generated/mysql/client.ts';
import { clientOptions } from '../tables.ts';
import type { RenewedPool } from './renewedPool.ts';

/** Creates the Prisma client over a pool. A module of its own, so that Prisma is loaded when it is needed. */
export function createMySqlClient(pool: RenewedPool): PrismaClient {
  const { provider, adapterName } = pool;
  // Its disconnection does not close the pool, which others use.
  const shared = { ...pool, dispose: async () => undefined };
  return new PrismaClient({
    ...clientOptions,
    adapter: { provider, adapterName, connect: async () => shared },
  });
}
