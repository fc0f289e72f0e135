import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Operation } from '../../model/operation.ts';

type OfUser = Pick<Operation, 'username'>;

/** The maximum priority of BullMQ; its jobs of equal priority are processed in the order of arrival. */
const greatestPriority = 2_097_151;

interface Priorities {
  readonly redis: Redis;
  /** The key of the hash with the last turn of each user. */
  readonly key: string;
  /** The priority of the next job; undefined when none is queued. */
  nextPriority(): Promise<number | undefined>;
}

/**
 * Priorities that make the queue fair between users: start-time fair queueing (Goyal, Vin and Cheng, 1996) with the
 * same cost for every operation. A user's operations have consecutive turns; those of a new user start at the next
 * turn. When the queue is empty, turns start from the first again. After two million turns without an empty queue, new
 * operations are queued in the order of arrival.
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

/** The first of several consecutive turns of a user. */
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

/** Redis need not store user names. */
function nameOf({ username }: OfUser): string {
  return createHash('sha256')
    .update(username ?? '')
    .digest('base64url')
    .slice(0, 16);
}
