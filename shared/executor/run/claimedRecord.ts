import { StagingError } from '../../errors/stagingError.ts';
import { theService } from '../../model/caller.ts';
import type { Operation } from '../../model/operation.ts';
import type { OperationRecord } from '../../record/operationRecord.ts';

/**
 * The record for workers and invocations that claim operations: a claimed operation is already EXECUTING, and when it
 * is interrupted, it is released for the next claim instead of failing. Other operations are treated as usual.
 */
export function createClaimedRecord(operations: OperationRecord): OperationRecord {
  const claimed = new Map<string, Operation>();
  return {
    ...operations,
    async claim(id) {
      const operation = await operations.claim(id);
      if (operation) claimed.set(id, operation);
      return operation;
    },
    start: async (id) => claimed.get(id) ?? operations.start(id),
    async complete(id, completion) {
      const operation = await operations.complete(id, completion);
      claimed.delete(id);
      return operation;
    },
    async fail(id, failure) {
      const isReleased = claimed.delete(id) && failure.errorCode === 'INTERRUPTED';
      if (!isReleased) return operations.fail(id, failure);
      await operations.release([id]);
      const operation = await operations.find(id, theService);
      if (!operation) throw new StagingError('OPERATION_NOT_FOUND', { id });
      return operation;
    },
  };
}
