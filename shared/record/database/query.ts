import type { Logger } from 'pino';
import * as z from 'zod';
import { retry } from '../../async/retry.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { driverErrorOf, whyUnwritable } from './driverError.ts';

/** How often a statement is retried that the database ended because of a deadlock. */
const maxConflicts = 10;

/** The longest pause before such a retry, in ms. */
const conflictPauseMs = 50;

/** The pauses between two attempts to reach a database that does not answer, in ms. */
const firstPauseMs = 100;
const longestPauseMs = 5000;

/** The conflict as reported by Prisma's client. */
const conflictSchema = z.object({ code: z.literal('P2034') });

/** How to wait for a database that does not answer, for example during a restart. */
export interface Patience {
  readonly logger: Logger;
  /** Ends the waiting; without it, there is no time limit. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, with the error, when the waiting begins. */
  readonly onOutage?: ((error: StagingError) => void) | undefined;
}

/**
 * Runs a database call. All its failures mean the same to the caller. InnoDB aborts one of several deadlocked
 * statements: since each is its own transaction, it is retried. With patience, so is a statement that the database does
 * not answer, until it does.
 * @throws StagingError DATABASE_UNAVAILABLE
 */
export type Query = <Answer>(ask: () => Promise<Answer>, patience?: Patience) => Promise<Answer>;

/** Queries of one database. `onUnavailable` is called each time that it does not answer. */
export function createQuery(onUnavailable: () => void): Query {
  return async (ask, patience) => {
    let conflicts = 0;
    let outages = 0;
    const pauseAfter = (cause: unknown) => {
      if (cause instanceof StagingError) throw cause;
      const isConflict =
        driverErrorOf(cause).kind === 'TransactionWriteConflict' || conflictSchema.safeParse(cause).success;
      if (conflicts < maxConflicts && isConflict) {
        conflicts += 1;
        return Math.random() * conflictPauseMs;
      }
      onUnavailable();
      const error = databaseUnavailable(cause);
      if (!patience || patience.signal?.aborted) throw error;
      if (outages === 0) {
        patience.logger.warn({ err: error }, 'the database does not answer; retrying until it does');
        patience.onOutage?.(error);
      }
      outages += 1;
      // With jitter, so that not all waiters retry at the same moment.
      return Math.min(firstPauseMs * 2 ** (outages - 1), longestPauseMs) * (0.5 + Math.random() / 2);
    };
    return retry(ask, pauseAfter, patience?.signal).catch((error: unknown) => {
      // Once more, because the pause was cut short.
      if (patience?.signal?.aborted && error === patience.signal.reason) return retry(ask, pauseAfter);
      throw error;
    });
  };
}

/** The error for a database that does not answer, or is not writable. */
export function databaseUnavailable(cause: unknown): StagingError {
  const reason = whyUnwritable(cause) ?? 'does not answer';
  return new StagingError('DATABASE_UNAVAILABLE', { reason }, { cause });
}

/**
 * Inserts a row with a unique key; if a row has the key already, returns that one.
 * @throws StagingError DATABASE_UNAVAILABLE
 */
export async function insertOnce<Row>(
  row: Row,
  query: Query,
  { insert, find }: { insert(): Promise<unknown>; find(): Promise<Row[]> },
): Promise<Row> {
  const findFirst = async () => (await query(find))[0];
  const insertRow = async () => {
    await query(insert);
    return row;
  };
  return (
    (await findFirst()) ??
    (await insertRow().catch(async (error: unknown) => {
      // The reason of the failure is only in the database's message; that the key now exists shows it as well.
      const first = await findFirst();
      if (!first) throw error;
      return first;
    }))
  );
}
