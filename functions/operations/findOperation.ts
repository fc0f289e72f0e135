import * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { OperationRecord } from '../../shared/record/operationRecord.ts';

/** The operation with an id from a client. @throws OPERATION_NOT_FOUND */
export async function findOperation(
  operations: Pick<OperationRecord, 'find'>,
  id: string,
): Promise<Operation> {
  const operation = z.uuid().safeParse(id).success ? await operations.find(id.toLowerCase()) : null;
  if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id: id.slice(0, 100) });
  return operation;
}
