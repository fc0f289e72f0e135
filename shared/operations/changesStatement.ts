import * as z from 'zod';

/**
 * Reads what changed after a time and an id, which are to be given as (time, time, id, limit). An index holds all that
 * is asked for, which Prisma's own queries could not be told: it begins at the time, and passes over a few rows there.
 */
export const selectChanges = `SELECT id, revision, updated_at FROM staging_operations
  WHERE updated_at >= ? AND (updated_at > ? OR id > ?) ORDER BY updated_at, id LIMIT ?`;

/** The rows that it answers, whichever the database. */
export const changesSchema = z.array(
  z
    .object({ id: z.string(), revision: z.coerce.number(), updated_at: z.coerce.date() })
    .transform(({ updated_at: updatedAt, ...row }) => ({ ...row, updatedAt })),
);
