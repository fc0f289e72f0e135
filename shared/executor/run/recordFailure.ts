import { recordedError, type StagingError } from '../../errors/stagingError.ts';
import type { Failure, Operation, OperationProgress } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Staged } from '../executor.ts';

/** Records that an operation failed, and why. If the database fails now, too, that is only logged. */
export async function recordFailure(
  operations: OperationRecord,
  id: string,
  error: StagingError,
  progress: OperationProgress = {},
): Promise<Operation> {
  return operations.fail(id, { ...failureOf(error), ...progress });
}

/** An error as the record stores it. */
export function failureOf({ code, message }: StagingError): Failure {
  return { phase: code === 'ABORTED' ? 'ABORTED' : 'ERROR', errorCode: code, errorReason: message };
}

/** The result of an operation that ended elsewhere, from its record. @throws StagingError its error */
export function resultOf(operation: Operation): Staged {
  if (operation.phase !== 'COMPLETED') throw recordedError(operation.errorCode, operation.errorReason);
  return { operation, location: operation.location ?? '' };
}
