import { withDeadline } from '../../../async/coalesce.ts';
import { execute, type FilledStatement, type SqlValue } from '../sqlSession.ts';
import type { RenewedPool } from './renewedPool.ts';

/** Writes short statements to MySQL or MariaDB, in shared commits. */
export interface MySqlWriter {
  /** Runs a statement; resolves when it is durable, with the number of rows that it changed. */
  write(sql: string, values: readonly SqlValue[]): Promise<number>;
  /** Resolves when everything is written, and no connection is in use any more. */
  close(): Promise<void>;
}

interface Write extends FilledStatement {
  resolve(changes: number): void;
  reject(error: unknown): void;
}

type Connection = Awaited<ReturnType<RenewedPool['takeConnection']>>;

/** The maximum number of statements in a commit, which locks their rows. */
const statementsPerCommit = 100;

/** How long an unused connection is kept, in ms: not until it may have been closed without notice. */
const keptMs = 400;

/** When statements take longer, in ms, a row may be locked: others do not wait for it. */
const slowMs = 1000;

/**
 * Statements that arrive while others are committed share the next commit: sent together over one connection, they take
 * half of the processor time. A single one is sent by the pool at once. If one fails, or waits for a lock,
 * none is committed, and each is run by itself, which reports its error.
 */
export function createMySqlWriter(pool: RenewedPool): MySqlWriter {
  const waiting: Write[] = [];
  /** What must end before the writer is closed. */
  const unsettled = new Set<Promise<unknown>>();
  let committing: Promise<void> | undefined;
  let idle: Connection | undefined;
  let release: NodeJS.Timeout | undefined;

  const track = async (work: Promise<unknown>) => {
    unsettled.add(work);
    await work.finally(() => unsettled.delete(work));
  };
  const run = async (writes: readonly Write[]) => {
    const [first, ...others] = writes;
    if (first && others.length === 0) await runAlone(first);
    else if (!(await runTogether(writes))) await Promise.all(writes.map(runAlone));
  };
  const runAlone = ({ sql, values, resolve, reject }: Write) =>
    execute(pool, sql, values).then(resolve, reject);
  /** @returns false if nothing is committed */
  const runTogether = async (writes: readonly Write[]) => {
    const kept = idle;
    idle = undefined;
    const connection = kept ?? (await takeConnection(pool).catch(() => undefined));
    if (!connection) return false;
    const changes = await withDeadline(sendTogether(connection, writes), slowMs).catch(() => undefined);
    if (!changes) {
      // The server undoes what is not committed.
      connection.destroy();
      return false;
    }
    try {
      await connection.commit();
    } catch (error) {
      connection.destroy();
      // It may have been committed, as any statement whose answer is lost.
      for (const { reject } of writes) reject(error);
      return true;
    }
    for (const [index, { resolve }] of writes.entries()) resolve(changes[index] ?? 0);
    // Not awaited: a pool gives what is free to the next that asks, and the next commit would be before those that wait.
    if (idle || !committing || pool.isExhausted()) void track(giveBack(connection));
    else idle = connection;
    return true;
  };

  const commitWaiting = async () => {
    clearTimeout(release);
    while (waiting.length > 0) {
      await withDeadline(track(run(waiting.splice(0, statementsPerCommit))), slowMs);
    }
    committing = undefined;
    release = setTimeout(giveIdleBack, keptMs).unref();
  };
  const giveIdleBack = () => {
    if (idle) void track(giveBack(idle));
    idle = undefined;
  };
  return {
    write: (sql, values) =>
      new Promise((resolve, reject) => {
        waiting.push({ sql, values, resolve, reject });
        committing ??= commitWaiting();
      }),
    async close() {
      await committing;
      clearTimeout(release);
      giveIdleBack();
      while (unsettled.size > 0) await Promise.all(unsettled);
    },
  };
}

async function takeConnection(pool: RenewedPool): Promise<Connection> {
  const connection = await pool.takeConnection();
  // Also after a deadlock, which ends a transaction, nothing is committed before its end.
  await connection.query('SET autocommit = 0').catch((error: unknown) => {
    connection.destroy();
    throw error;
  });
  return connection;
}

/** Sends all before the first answer. @throws the error of the first that fails, when all have been answered */
async function sendTogether(connection: Connection, writes: readonly Write[]): Promise<readonly number[]> {
  const sent = writes.map(({ sql, values }) => connection.execute(sql, values.map(toMySql)));
  const results = await Promise.allSettled(sent);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return Number(result.value.affectedRows);
  });
}

/** Times are in UTC, as Prisma's adapter writes them. */
function toMySql(value: SqlValue): SqlValue {
  return value instanceof Date ? value.toISOString().replace('T', ' ').slice(0, -1) : value;
}

async function giveBack(connection: Connection): Promise<void> {
  await connection.query('SET autocommit = 1').then(
    () => connection.release(),
    () => connection.destroy(),
  );
}
