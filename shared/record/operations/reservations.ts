import * as z from 'zod';
import { StagingError } from '../../errors/stagingError.ts';
import { query } from '../database/query.ts';
import type { FilledStatement } from '../database/statement.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { KnownReservations, OperationRecord, Reservation } from '../operationRecord.ts';

/** The part of the record that space is promised in. See `OperationRecord`. */
export function createReservationRecord(
  database: OperationDatabase,
  worker: string,
): Pick<OperationRecord, 'readReservations' | 'recordReservation'> {
  const execute = database.executePassing ?? database.$executeRawUnsafe.bind(database);
  return {
    async readReservations(space) {
      const { sql, values } = reservationsStatement(space, worker);
      return toReservations(await query(() => database.$queryRawUnsafe(sql, ...values)));
    },

    async recordReservation(id, reservation) {
      const { sql, values } = reservationStatement(id, reservation, worker);
      const count = await query(() =>
        execute(sql, ...values).catch((error: unknown) => {
          if (isNumberTaken(error)) return undefined;
          throw error;
        }),
      );
      if (count === 0) throw new StagingError('INTERRUPTED');
      return count !== undefined;
    },
  };
}

/**
 * Reads both in one statement, so that it is one moment's truth, whichever the database. No condition of the sum names
 * the file system, for then its index might be chosen, which has every promise that was ever made; those that run are few.
 */
function reservationsStatement(space: string, worker: string): FilledStatement {
  return {
    sql: `SELECT
        (SELECT MAX(reservation_number) FROM staging_operations WHERE reserved_on = ?) AS lastNumber,
        SUM(CASE WHEN reserved_on = ? AND worker <> ? AND reserved_bytes > bytes_done
          THEN reserved_bytes - bytes_done ELSE 0 END) AS othersBytes
      FROM staging_operations WHERE status = 'EXECUTING'`,
    values: [space, space, worker],
  };
}

/** The databases answer with several kinds of numbers, and with null when there is none. */
const numberSchema = z.unknown().transform(Number).pipe(z.number().int());
const rowsSchema = z.tuple([z.object({ lastNumber: numberSchema, othersBytes: numberSchema })]);

/** What the statement has selected. */
function toReservations(rows: unknown): KnownReservations {
  const [reservations] = rowsSchema.parse(rows);
  return reservations;
}

/** Writes a promise into the row of an operation of this worker, if it is under way. */
function reservationStatement(
  id: string,
  { space, number, bytes, bytesDone }: Reservation,
  worker: string,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  return {
    sql: `UPDATE staging_operations
      SET reserved_on = ?, reservation_number = ?, reserved_bytes = ?, bytes_done = ?
      WHERE id = ? AND worker = ? AND status = 'EXECUTING'`,
    values: [space, number, bytes, bytesDone, id, worker],
  };
}

const causeSchema = z.object({
  cause: z.object({ kind: z.enum(['UniqueConstraintViolation', 'TransactionWriteConflict']) }),
});
const numberTakenSchema = z.union([
  causeSchema,
  z.object({ meta: z.object({ driverAdapterError: causeSchema }) }),
]);

/**
 * Whether that failed since the number is taken: the unique index says so, or InnoDB when it finds a deadlock of some
 * who take it at the same moment. As a driver adapter of Prisma's tells it, or as a client of Prisma's hands that on.
 */
function isNumberTaken(error: unknown): boolean {
  return numberTakenSchema.safeParse(error).success;
}
