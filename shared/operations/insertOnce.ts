import { query } from '../record/database/query.ts';

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
