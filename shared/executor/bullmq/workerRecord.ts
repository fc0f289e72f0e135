import type { Logger } from 'pino';
import { StagingError } from '../../errors/stagingError.ts';
import type { BatchRepository } from '../../operations/batchRepository.ts';
import type { Operation } from '../../operations/operation.ts';
import type { OperationRepository } from '../../operations/repository.ts';
import { patiently } from './patience.ts';

/**
 * The record as a worker of the queue uses it: what must be written is written however long the database is away, an
 * operation is begun by claiming it, and one that is interrupted goes back to the queue instead of failing.
 * Whatever is written late counts only where the operation is this worker's still.
 */
export function createWorkerRecord(operations: OperationRepository, logger: Logger): OperationRepository {
  const claimed = new Map<string, Operation>();
  const read = async (id: string) => {
    const operation = await patiently(() => operations.find(id), logger);
    if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
    return operation;
  };
  return {
    ...operations,
    async claim(id) {
      const operation = await patiently(() => operations.claim(id), logger);
      if (operation) claimed.set(id, operation);
      return operation;
    },
    async start(id) {
      const operation = claimed.get(id);
      claimed.delete(id);
      return operation ?? read(id);
    },
    isOwned: (id) => patiently(() => operations.isOwned(id), logger),
    readReservations: (space) => patiently(() => operations.readReservations(space), logger),
    recordReservation: (id, reservation) =>
      patiently(() => operations.recordReservation(id, reservation), logger),
    batches: patientBatches(operations.batches, logger),
    complete: (id, completion) => patiently(() => operations.complete(id, completion), logger),
    async fail(id, failure) {
      claimed.delete(id);
      if (failure.errorCode !== 'INTERRUPTED') {
        return patiently(() => operations.fail(id, failure), logger);
      }
      await patiently(() => operations.release([id]), logger);
      return read(id);
    },
  };
}

/** What the operation asks that publishes an all-or-nothing batch. */
function patientBatches(batches: BatchRepository, logger: Logger): BatchRepository {
  return {
    ...batches,
    resetItems: (id) => patiently(() => batches.resetItems(id), logger),
    pendingItems: (id, after) => patiently(() => batches.pendingItems(id, after), logger),
    recordWhole: (items) => patiently(() => batches.recordWhole(items), logger),
    failItem: (id, failure) => patiently(() => batches.failItem(id, failure), logger),
  };
}
