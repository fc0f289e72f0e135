import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Operation } from '../../model/operation.ts';

type OfUser = Pick<Operation, 'username'>;

/** The greatest priority that BullMQ takes; its jobs of one priority go in the order in which they came. */
const greatestPriority = 2_097_151;

interface Priorities {
  readonly redis: Redis;
  /** The key of the hash that holds the last turn of each user. */
  readonly key: string;
  /** The priority of the job that is next; undefined when none waits. */
  nextPriority(): Promise<number | undefined>;
}

/**
 * A priority for each operation so that users take turns: start-time fair queueing (Goyal, Vin and Cheng, 1996) with
 * every operation at the same cost. A user's operations have turns one after another; those of a user who comes anew
 * begin at the turn that is next. When nothing waits, all begin at the first turn again.
 * After two million turns without such a pause, what comes goes in the order in which it comes.
 */
export async function fairPriorities(turns: Priorities, operations: readonly OfUser[]): Promise<number[]> {
  const next = await turns.nextPriority();
  if (next === undefined) await turns.redis.del(turns.key);
  const given = new Map<string, number>();
  for (const [user, count] of countByUser(operations)) {
    given.set(user, await fairPrioritiesOfUser(turns, user, count, next ?? 1));
  }
  return operations.map((operation) => {
    const user = nameOf(operation);
    const turn = given.get(user) ?? 1;
    given.set(user, turn + 1);
    return Math.min(turn, greatestPriority);
  });
}

/** The first of so many turns of a user. */
async function fairPrioritiesOfUser(
  { redis, key }: Priorities,
  user: string,
  count: number,
  next: number,
): Promise<number> {
  const last = await redis.hincrby(key, user, count);
  const first = last - count + 1;
  if (first >= next) return first;
  await redis.hset(key, user, next + count - 1);
  return next;
}

function countByUser(operations: readonly OfUser[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const operation of operations) {
    const user = nameOf(operation);
    counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  return counts;
}

/** Redis need not know who the users are. */
function nameOf({ username }: OfUser): string {
  return createHash('sha256')
    .update(username ?? '')
    .digest('base64url')
    .slice(0, 16);
}
