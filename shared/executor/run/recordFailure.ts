import { recordedError, type StagingError } from '../../errors/stagingError.ts';
import type { Failure, Operation, OperationProgress } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Staged } from '../executor.ts';

/** Records that an operation failed, and why. A database that fails now, too, is the caller's lesser problem. */
export async function recordFailure(
  operations: OperationRecord,
  id: string,
  error: StagingError,
  progress: OperationProgress = {},
): Promise<Operation> {
  return operations.fail(id, { ...failureOf(error), ...progress });
}

/** How the record tells an error. */
export function failureOf({ code, message }: StagingError): Failure {
  return { phase: code === 'ABORTED' ? 'ABORTED' : 'ERROR', errorCode: code, errorReason: message };
}

/** What became of an operation that ended elsewhere, by its record. @throws StagingError what it failed with */
export function resultOf(operation: Operation): Staged {
  if (operation.phase !== 'COMPLETED') throw recordedError(operation.errorCode, operation.errorReason);
  return { operation, location: operation.location ?? '' };
}
