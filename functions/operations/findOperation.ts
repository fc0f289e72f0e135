import * as z from 'zod';
import { StagingError } from '../../shared/errors/stagingError.ts';
import type { Viewer } from '../../shared/model/caller.ts';
import type { Operation } from '../../shared/model/operation.ts';
import type { OperationRecord } from '../../shared/record/operationRecord.ts';

/** The operation with an id from a client, if it may see it. @throws OPERATION_NOT_FOUND, in the same way in both cases */
export async function findOperation(
  operations: Pick<OperationRecord, 'find'>,
  id: string,
  viewer: Viewer,
): Promise<Operation> {
  const operation = z.uuid().safeParse(id).success ? await operations.find(id.toLowerCase(), viewer) : null;
  if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id: id.slice(0, 100) });
  return operation;
}
