import { StagingError } from '../errors/stagingError.ts';
import { theService } from '../model/caller.ts';
import type { Operation } from '../model/operation.ts';
import type { OperationRecord } from '../record/operationRecord.ts';
import type { Executor } from './executor.ts';
import { failureOf } from './run/operationEnd.ts';

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
