import { StagingError } from '../../errors/stagingError.ts';
import {
  isNumberTaken,
  reservationStatement,
  reservationsStatement,
  toReservations,
} from '../../operations/reservations.ts';
import { query } from '../database/query.ts';
import type { OperationDatabase } from '../database/tables.ts';
import type { OperationRepository } from '../operationRecord.ts';

/** The part of the record that space is promised in. See `OperationRepository`. */
export function createReservationRecord(
  database: OperationDatabase,
  worker: string,
): Pick<OperationRepository, 'readReservations' | 'recordReservation'> {
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
