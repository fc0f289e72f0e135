import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { QueueConfig } from '../../config/executorConfig.ts';
import { chunksOf } from '../../model/chunks.ts';
import type { Operation } from '../../model/operation.ts';
import type { QueuedOperation } from '../../record/queueRecord.ts';
import { connectRedis, failFast } from './redis.ts';

/** BullMQ needs a name for each kind of job. */
const jobName = 'stage';

/** How many jobs are sent to Redis together. */
const jobsAtOnce = 1000;

/** The contents of a job: the id of the operation. Everything else is in the database. */
export interface OperationJob {
  readonly id: string;
}

/** Names of the queue's own keys in Redis. */
export function queueNames({ name }: QueueConfig) {
  return { prefix: `{${name}}`, queue: 'operations', ended: `{${name}}:ended` } as const;
}

/** The queue on Redis, for processes that add operations. */
export type OperationQueue = ReturnType<typeof openOperationQueue>;

/** Opens the queue. Redis need not answer yet; when it does not, a call rejects within seconds. */
export function openOperationQueue(config: QueueConfig, logger: Logger) {
  const names = queueNames(config);
  const redis = connectRedis(config.redisUrl, logger, failFast);
  const queue = new Queue<OperationJob>(names.queue, {
    connection: redis,
    prefix: names.prefix,
    // Nothing is sent to Redis at this point: if it did not answer, the queue would never work, even after Redis is
    // available again.
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  // The connection logs its errors.
  queue.on('error', () => undefined);
  const turns = { redis, key: `${names.prefix}:turns` };

  /** Adds operations to the queue. */
  const add = async (operations: readonly QueuedOperation[]) => {
    for (const some of chunksOf(operations, jobsAtOnce)) {
      const [first] = await queue.getPrioritized(0, 0);
      const priorities = await fairPriorities(turns, some, first?.priority);
      await queue.addBulk(
        some.map((operation, index) => ({
          name: jobName,
          data: { id: operation.id },
          opts: { jobId: jobIdOf(operation), priority: priorities[index] ?? 1 },
        })),
      );
    }
  };
  return {
    add,
    /** Adds an operation that a worker has released: ahead of all others, after a delay in ms. */
    async addAgain(operation: QueuedOperation, delayMs = 0) {
      // Jobs without a priority are processed before all that have one.
      await queue.add(jobName, { id: operation.id }, { jobId: jobIdOf(operation), delay: delayMs });
    },
    /** Adds those that are missing in the queue, because Redis may have lost them. @returns how many */
    async addMissing(operations: readonly QueuedOperation[]) {
      if (operations.length === 0) return 0;
      const asked = redis.pipeline();
      for (const operation of operations) asked.exists(queue.toKey(jobIdOf(operation)));
      const answers = (await asked.exec()) ?? [];
      const missing = operations.filter((_, index) => answers[index]?.[1] === 0);
      await add(missing);
      return missing.length;
    },
    /** True once per interval (in ms), in one of all processes of the queue. */
    async acquireTurn(everyMs: number) {
      return (await redis.set(`${names.prefix}:sweep`, '', 'PX', everyMs, 'NX')) === 'OK';
    },
    /** Announces that an operation has ended. */
    async notifyEnd(id: string) {
      await redis.publish(names.ended, id);
    },
    ping: () => redis.ping(),
    /** How many jobs wait, and how many are taken by workers. */
    async counts() {
      const {
        wait = 0,
        prioritized = 0,
        active = 0,
      } = await queue.getJobCounts('wait', 'prioritized', 'active');
      return { waiting: wait + prioritized, taken: active };
    },
    async close() {
      await queue.close().catch(() => undefined);
      redis.disconnect();
    },
  };
}

/**
 * One job for each attempt: the job of an attempt whose worker has died stays locked for a while, and must not block
 * the next.
 */
function jobIdOf({ id, attempts }: QueuedOperation): string {
  return `${id}-${attempts}`;
}

interface Turns {
  readonly redis: Redis;
  /** The key of the hash with the last turn of each user. */
  readonly key: string;
}

/** The maximum priority of BullMQ; its jobs of equal priority are processed in the order of arrival. */
const greatestPriority = 2_097_151;

/**
 * Priorities that make the queue fair between users: start-time fair queueing (Goyal, Vin and Cheng, 1996) with the
 * same cost for every operation. A user's operations have consecutive turns; those of a new user start at the next
 * turn. When the queue is empty, turns start from the first again. After two million turns without an empty queue, new
 * operations are queued in the order of arrival. `next` is the priority of the next job; undefined when none is queued.
 */
async function fairPriorities(
  turns: Turns,
  operations: readonly Pick<Operation, 'username'>[],
  next: number | undefined,
): Promise<number[]> {
  if (next === undefined) await turns.redis.del(turns.key);
  const users = operations.map(({ username }) => hashOf(username));
  const counts = new Map<string, number>();
  for (const user of users) counts.set(user, (counts.get(user) ?? 0) + 1);
  const given = new Map<string, number>();
  for (const [user, count] of counts) given.set(user, await firstTurn(turns, user, count, next ?? 1));
  return users.map((user) => {
    const turn = given.get(user) ?? 1;
    given.set(user, turn + 1);
    return Math.min(turn, greatestPriority);
  });
}

/** The first of several consecutive turns of a user. */
async function firstTurn({ redis, key }: Turns, user: string, count: number, next: number): Promise<number> {
  const last = await redis.hincrby(key, user, count);
  const first = last - count + 1;
  if (first >= next) return first;
  await redis.hset(key, user, next + count - 1);
  return next;
}

/** Redis need not store user names. */
function hashOf(username: string | null): string {
  return createHash('sha256')
    .update(username ?? '')
    .digest('base64url')
    .slice(0, 16);
}
