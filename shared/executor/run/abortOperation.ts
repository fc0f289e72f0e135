import { StagingError } from '../../errors/stagingError.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';
import type { Executor } from '../executor.ts';

interface AbortServices {
  readonly operations: OperationRecord;
  /** Where this process runs operations. */
  readonly executor?: Executor | undefined;
}

/**
 * Aborts an operation: at once when this process runs it, else by a note in its record, which the process that runs it
 * looks for. Aborting what is ABORTED changes nothing.
 * @returns the operation as it then is: ABORTED, or still under way elsewhere
 * @throws OPERATION_ENDED when it has ended otherwise
 */
export async function abortOperation(
  { operations, executor }: AbortServices,
  operation: Operation,
): Promise<Operation> {
  // An item of what is published as a whole ends with the whole.
  const id = (operation.datasetRole === 'item' && operation.batchId) || operation.id;
  // Harmless where it has ended: only unfinished operations are changed.
  await operations.requestAbort(id);
  await operations.abortPending(id);
  await executor?.abort(id);
  const { phase, ...rest } = (await operations.find(operation.id)) ?? operation;
  if (phase === 'COMPLETED' || phase === 'ERROR') throw new StagingError('OPERATION_ENDED', { phase });
  return { ...rest, phase };
}
