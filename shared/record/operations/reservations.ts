import { StagingError } from '../../errors/stagingError.ts';
import { driverErrorOf } from '../database/driverError.ts';
import { notCompleted } from '../database/keyset.ts';
import type { FilledStatement } from '../database/sqlSession.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationRecord, Reservation } from '../operationRecord.ts';

/** The part of the record in which space is reserved. See `OperationRecord`. */
export function createReservationRecord(
  database: OperationDatabase,
  worker: string,
): Pick<OperationRecord, 'readReservations' | 'recordReservation'> {
  return {
    async readReservations(space) {
      const { sql, values } = reservationsStatement(space, worker);
      const [row = []] = await database.query(() => database.select(sql, values));
      // The databases return several kinds of numbers, and null if there is none.
      const [lastNumber, othersBytes] = row.map(Number);
      return { lastNumber: lastNumber ?? 0, othersBytes: othersBytes ?? 0 };
    },

    async recordReservation(id, reservation) {
      const { sql, values } = reservationStatement(id, reservation, worker);
      const count = await database.query(() =>
        database.execute(sql, values).catch((error: unknown) => {
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
 * Reads both in one statement, so that it is a consistent snapshot, for every database. No condition of the sum
 * contains the file system, because then its index might be chosen, which contains every reservation ever made; running
 * operations are few.
 */
function reservationsStatement(space: string, worker: string): FilledStatement {
  return {
    sql: `SELECT
        (SELECT MAX(reservation_number) FROM staging_operations WHERE reserved_on = ?),
        SUM(CASE WHEN reserved_on = ? AND worker <> ? AND reserved_bytes > bytes_done
          THEN reserved_bytes - bytes_done ELSE 0 END)
      FROM staging_operations WHERE status = 'EXECUTING' AND ${notCompleted}`,
    values: [space, space, worker],
  };
}

/** Writes a reservation into the row of a running operation of this worker. */
function reservationStatement(
  id: string,
  { space, number, bytes, bytesDone }: Reservation,
  worker: string,
): FilledStatement {
  return {
    sql: `UPDATE staging_operations
      SET reserved_on = ?, reservation_number = ?, reserved_bytes = ?, bytes_done = ?
      WHERE id = ? AND worker = ? AND status = 'EXECUTING'`,
    values: [space, number, bytes, bytesDone, id, worker],
  };
}

/**
 * Whether the failure means that the number is taken: the unique index reports it, or InnoDB when it finds a deadlock
 * between concurrent reservations.
 */
function isNumberTaken(error: unknown): boolean {
  return ['UniqueConstraintViolation', 'TransactionWriteConflict'].includes(driverErrorOf(error).kind ?? '');
}
