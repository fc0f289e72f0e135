import { StagingError } from '../../errors/stagingError.ts';
import { driverErrorOf } from '../database/driverError.ts';
import { notCompleted } from '../database/keyset.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationRecord } from '../operationRecord.ts';
import { updateStatement } from '../rows/operationStatements.ts';

/** The part of the record in which space is reserved. See `OperationRecord`. */
export function createReservationRecord(
  database: OperationDatabase,
  worker: string,
): Pick<OperationRecord, 'readReservations' | 'recordReservation'> {
  return {
    async readReservations(space) {
      // Both in one statement, so that it is a consistent snapshot. No condition of the sum contains the file system,
      // because then its index might be chosen, which contains every reservation ever made; running operations are few.
      const sql = `SELECT
          (SELECT MAX(reservation_number) FROM staging_operations WHERE reserved_on = ?),
          SUM(CASE WHEN reserved_on = ? AND worker <> ? AND reserved_bytes > bytes_done
            THEN reserved_bytes - bytes_done ELSE 0 END)
        FROM staging_operations WHERE status = 'EXECUTING' AND ${notCompleted}`;
      const [row = []] = await database.query(() => database.select(sql, [space, space, worker]));
      // The databases return several kinds of numbers, and null if there is none.
      const [lastNumber, othersBytes] = row.map(Number);
      return { lastNumber: lastNumber ?? 0, othersBytes: othersBytes ?? 0 };
    },

    async recordReservation(id, { space, number, bytes, bytesDone }) {
      const { sql, values } = updateStatement(
        { id, worker, phase: 'EXECUTING' },
        { reservedOn: space, reservationNumber: number, reservedBytes: bytes, bytesDone },
      );
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
 * Whether the failure means that the number is taken: the unique index reports it, or InnoDB when it finds a deadlock
 * between concurrent reservations.
 */
function isNumberTaken(error: unknown): boolean {
  return ['UniqueConstraintViolation', 'TransactionWriteConflict'].includes(driverErrorOf(error).kind ?? '');
}
