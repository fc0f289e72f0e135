import type { Logger } from 'pino';
import type { StagingError } from '../../errors/stagingError.ts';
import { withLogContext } from '../../logging/logContext.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { closeWith, type LeftoverRemover } from '../../staging/leftovers.ts';
import { failureOf } from './recordFailure.ts';

/** Whether an operation is queued in the record, to be claimed. */
export function isQueued({ phase, worker }: Operation): boolean {
  return phase === 'QUEUED' && worker === null;
}

interface EndingServices {
  readonly operations: OperationRecord;
  readonly leftoverRemovers: readonly LeftoverRemover[];
  readonly logger: Logger;
}

/**
 * Ends an operation that no process runs, and removes the leftovers of earlier attempts. Does nothing if it is claimed
 * first.
 */
export async function endQueued(
  { operations, leftoverRemovers, logger }: EndingServices,
  operation: Operation,
  reason: StagingError,
): Promise<void> {
  const close = async () => {
    const isClosed = await operations.closeInterrupted(operation, failureOf(reason));
    if (isClosed) logger.info({ code: reason.code }, reason.message);
    return isClosed;
  };
  await withLogContext({ operationId: operation.id }, () => closeWith(leftoverRemovers, operation, close));
}
