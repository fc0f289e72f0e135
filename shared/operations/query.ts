import { StagingError } from '../errors/stagingError.ts';

/** Asks the database. It may fail for a hundred reasons of its own, and all mean the same to who asks. */
export async function query<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof StagingError) throw cause;
    throw new StagingError('DATABASE_UNAVAILABLE', {}, { cause });
  }
}
