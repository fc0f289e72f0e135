import * as z from 'zod';
import { retry } from '../../async/retry.ts';
import { StagingError } from '../../errors/stagingError.ts';
import { whyUnwritable } from './unwritable.ts';

/** How often a statement is retried that the database ended because of a deadlock. */
const maxConflicts = 10;

/** The longest pause before a retry, in ms. */
const longestPauseMs = 50;

const kindSchema = z.object({ cause: z.object({ kind: z.literal('TransactionWriteConflict') }) });
const conflictSchema = z.union([
  z.object({ code: z.literal('P2034') }),
  kindSchema,
  z.object({ meta: z.object({ driverAdapterError: kindSchema }) }),
]);

/**
 * Runs a database call. Its many possible failures mean the same to the caller. InnoDB ends one of several statements
 * that wait for each other: as each is its own transaction, it is retried.
 * @throws StagingError DATABASE_UNAVAILABLE
 */
export async function query<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const pauseAfter = (cause: unknown, attempt: number) => {
    if (cause instanceof StagingError) throw cause;
    if (attempt <= maxConflicts && conflictSchema.safeParse(cause).success) {
      return Math.random() * longestPauseMs;
    }
    throw databaseUnavailable(cause);
  };
  return retry(ask, pauseAfter);
}

/** The error for a database that does not answer, or takes no changes. */
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
