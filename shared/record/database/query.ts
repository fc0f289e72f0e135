import * as z from 'zod';
import { retry } from '../../async/retry.ts';
import { StagingError } from '../../errors/stagingError.ts';

/** How often a statement is asked again that was ended for others' sake. */
const maxConflicts = 10;

/** The longest pause before that, in ms. */
const longestPauseMs = 50;

const kindSchema = z.object({ cause: z.object({ kind: z.literal('TransactionWriteConflict') }) });
const conflictSchema = z.union([
  z.object({ code: z.literal('P2034') }),
  kindSchema,
  z.object({ meta: z.object({ driverAdapterError: kindSchema }) }),
]);

/**
 * Asks the database. It may fail for a hundred reasons of its own, and all mean the same to who asks. Only of statements
 * that wait for each other InnoDB ends one: as each is a transaction of its own, it is asked again.
 * @throws StagingError DATABASE_UNAVAILABLE
 */
export async function query<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const pauseAfter = (cause: unknown, attempt: number) => {
    if (cause instanceof StagingError) throw cause;
    if (attempt <= maxConflicts && conflictSchema.safeParse(cause).success) {
      return Math.random() * longestPauseMs;
    }
    throw new StagingError('DATABASE_UNAVAILABLE', {}, { cause });
  };
  return retry(ask, pauseAfter);
}

/**
 * Inserts a row with a key that only one row may have, unless there is one with it: then that one.
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
      // Why it failed only the database's own words tell; that the key is there now tells it as well.
      const first = await findFirst();
      if (!first) throw error;
      return first;
    }))
  );
}
