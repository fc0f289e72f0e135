import { selectIds } from '../database/keyset.ts';
import type { OperationDatabase } from '../database/tables.ts';
import { textLimits, truncateText } from '../database/truncateText.ts';
import type { OperationRecord } from '../operationRecord.ts';

/** From this limit on it is not counted for every request. */
const largeCount = 1000;

/** How long a result far below a limit is valid, in ms. */
const validMs = 1000;

/**
 * Counts queued operations. While fewer than half of a large limit are queued, they are counted once a second: the limit
 * may then be exceeded by what is requested within a second.
 */
export function createWaitingCount(database: OperationDatabase): Pick<OperationRecord, 'hasWaiting'> {
  /** Fewer than this many were queued then, of all users. */
  let fewer: { readonly than: number; readonly at: number } | undefined;
  const has = async (count: number, users: readonly string[]) => {
    const where = { phase: 'QUEUED', ...(users.length > 0 && { users }), id: {} } as const;
    const last = { order: 'oldest', take: 1, skip: count - 1 } as const;
    return (await database.query(() => selectIds(database, where, last))).length > 0;
  };
  return {
    async hasWaiting(count, username) {
      if (count < 1) return true;
      if (username !== undefined) return has(count, [truncateText(username, textLimits.username)]);
      if (count < largeCount) return has(count, []);
      if (fewer && fewer.than * 2 <= count && performance.now() - fewer.at < validMs) return false;
      const than = Math.floor(count / 2);
      if (await has(than, [])) return has(count, []);
      fewer = { than, at: performance.now() };
      return false;
    },
  };
}
