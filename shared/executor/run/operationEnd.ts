import type { Logger } from 'pino';
import { recordedError, StagingError } from '../../errors/stagingError.ts';
import { withLogContext } from '../../logging/logContext.ts';
import { theService } from '../../model/caller.ts';
import type { Operation } from '../../model/operation.ts';
import type { Failure } from '../../model/operations/lifecycle.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import { closeWith, type LeftoverRemover } from '../../staging/leftovers.ts';
import type { Executor, Staged } from '../executor.ts';

/** An error in the form that the record stores. */
export function failureOf({ code, message }: StagingError): Failure {
  return { phase: code === 'ABORTED' ? 'ABORTED' : 'ERROR', errorCode: code, errorReason: message };
}

/** The result of an operation that ended elsewhere, from its record. @throws StagingError its error */
export function resultOf(operation: Operation): Staged {
  if (operation.phase !== 'COMPLETED') throw recordedError(operation.errorCode, operation.errorReason);
  return { operation, location: operation.location ?? '' };
}

/** The dependencies for ending operations. */
export interface EndingServices {
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

interface AbortServices {
  readonly operations: OperationRecord;
  /** The executor of this process. */
  readonly executor?: Executor | undefined;
}

/**
 * Aborts an operation: immediately if it runs in this process or is unclaimed, else by a request in its record, which
 * the process that runs it polls. Aborting an ABORTED operation changes nothing.
 * @returns the new state: ABORTED, or still running elsewhere
 * @throws OPERATION_ENDED when it has ended otherwise
 */
export async function abortOperation(
  { operations, executor }: AbortServices,
  operation: Operation,
): Promise<Operation> {
  // An item of an all-or-nothing batch ends with the batch.
  const id = (operation.datasetRole === 'item' && operation.batchId) || operation.id;
  // Harmless if it has ended: only unfinished operations are changed.
  await operations.requestAbort(id);
  await operations.endPending(id, failureOf(new StagingError('ABORTED')));
  await executor?.abort(id);
  const { phase, ...rest } = (await operations.find(operation.id, theService)) ?? operation;
  if (phase === 'COMPLETED' || phase === 'ERROR') throw new StagingError('OPERATION_ENDED', { phase });
  return { ...rest, phase };
}
