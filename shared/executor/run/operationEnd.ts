import type { Logger } from 'pino';
import { recordedError, type StagingError } from '../../errors/stagingError.ts';
import { withLogContext } from '../../logging/logContext.ts';
import type { Failure, Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { closeWith, type LeftoverRemover } from '../../staging/leftovers.ts';
import type { Staged } from '../executor.ts';

/** An error in the form that the record stores. */
export function failureOf({ code, message }: StagingError): Failure {
  return { phase: code === 'ABORTED' ? 'ABORTED' : 'ERROR', errorCode: code, errorReason: message };
}

/** The result of an operation that ended elsewhere, from its record. @throws StagingError its error */
export function resultOf(operation: Operation): Staged {
  if (operation.phase !== 'COMPLETED') throw recordedError(operation.errorCode, operation.errorReason);
  return { operation, location: operation.location ?? '' };
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
export async function endUnowned(
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
